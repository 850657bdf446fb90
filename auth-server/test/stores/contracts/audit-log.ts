/** What every audit log does. */
import { describe, expect, test } from 'vitest';
import type { AuditEntry, AuditLog } from '../../../src/core/audit/audit-log.ts';

/** An empty audit log. */
export interface OpenAuditLog {
  audit: AuditLog;
}

const entry = (subject: string): AuditEntry => ({
  action: 'client_changed',
  actor: { user: 'alice' },
  subject,
});

export function describeAuditLog(name: string, open: () => Promise<OpenAuditLog>): void {
  describe(`an audit record ${name}`, () => {
    test('says who did what, when and from where', async () => {
      const { audit } = await open();
      const whole: AuditEntry = {
        action: 'client_changed',
        actor: { user: 'alice', client: 'console' },
        subject: 'client:report-job',
        details: { changed: ['client_name', 'scope'], times: 3, forced: false, reason: 'on call' },
        address: '2001:db8::1',
        requestId: '4bf92f3577b34da6a3ce929d0e0e4736',
      };
      await audit.record(whole);
      const [record] = await audit.list(undefined, 10);
      const { id, at, ...rest } = record ?? {};
      expect(rest).toEqual(whole);
      expect(id).toMatch(/^\d+$/);
      expect(Math.abs(Number(at) - Date.now())).toBeLessThan(5_000);
    });

    test('can lack an actor, for what happens by itself', async () => {
      const { audit } = await open();
      await audit.record({ action: 'key_rotated', actor: undefined, subject: undefined });
      expect(await audit.list(undefined, 10)).toMatchObject([{ action: 'key_rotated' }]);
      expect((await audit.list(undefined, 10))[0]?.actor).toBeUndefined();
    });

    test('that had to wait keeps the time at which it happened', async () => {
      const { audit } = await open();
      await audit.record({ ...entry('late'), ageMs: 90_000 }, entry('now'));
      const [now, late] = await audit.list(undefined, 10);
      expect(Number(now?.at) - Number(late?.at)).toBeGreaterThan(89_000);
      expect(Number(now?.at) - Number(late?.at)).toBeLessThan(91_000);
    });

    test('is listed once, page by page, with the newest first', async () => {
      const { audit } = await open();
      await audit.record();
      for (const subject of ['1', '2', '3']) await audit.record(entry(subject));
      await audit.record(entry('4'), entry('5'));
      const first = await audit.list(undefined, 2);
      expect(first.map(({ subject }) => subject)).toEqual(['5', '4']);
      await audit.record(entry('6'));
      const second = await audit.list(first[1]?.id, 2);
      expect(second.map(({ subject }) => subject)).toEqual(['3', '2']);
      expect((await audit.list(second[1]?.id, 2)).map(({ subject }) => subject)).toEqual(['1']);
    });

    test('is listed by when it happened, also when it was recorded later, and across pages', async () => {
      const { audit } = await open();
      await audit.record({ ...entry('3'), ageMs: 30_000 }, { ...entry('1'), ageMs: 50_000 });
      await audit.record(entry('5'));
      await audit.record({ ...entry('4'), ageMs: 20_000 }, { ...entry('2'), ageMs: 40_000 });
      const listed: string[] = [];
      for (let before: string | undefined; ; ) {
        const page = await audit.list(before, 2);
        listed.push(...page.map(({ subject = '' }) => subject));
        before = page.at(-1)?.id;
        if (before === undefined) break;
      }
      expect(listed).toEqual(['5', '4', '3', '2', '1']);
    });

    test('is bounded in size, whatever is recorded', async () => {
      const { audit } = await open();
      const long = 'x'.repeat(100_000);
      const details = { one: long, many: Array.from({ length: 1_000 }, () => long) };
      const actor = { user: long, client: long };
      await audit.record({ ...entry(long), actor, details, address: long, requestId: long });
      await audit.record({ ...entry('short'), details: { one: long } });
      const [short, cut] = await audit.list(undefined, 10);
      expect(JSON.stringify(cut).length).toBeLessThan(2_000);
      expect(cut?.details).toEqual({ cut: true });
      expect(short?.details).toEqual({ one: 'x'.repeat(200) });
    });

    test('can hold whatever a user types', async () => {
      const { audit } = await open();
      const typed = 'zero \0, half \ud83d, 🕰 ‮ "\\u0000" \'; drop table audit_log; --';
      await audit.record({ ...entry(typed), actor: { user: typed }, details: { typed, all: [typed] } });
      const kept = typed.replace('\0', '\uFFFD').replace('\ud83d,', '\uFFFD,');
      expect(await audit.list(undefined, 10)).toMatchObject([
        { subject: kept, actor: { user: kept }, details: { typed: kept, all: [kept] } },
      ]);
    });

    test('is a copy: later changes to the objects given or found do not reach it', async () => {
      const { audit } = await open();
      const given = { ...entry('one'), details: { changed: ['scope'] } };
      await audit.record(given);
      given.details.changed.push('other');
      Object.assign((await audit.list(undefined, 10))[0] ?? {}, { subject: 'forged' });
      expect(await audit.list(undefined, 10)).toMatchObject([
        { subject: 'one', details: { changed: ['scope'] } },
      ]);
    });
  });
}
