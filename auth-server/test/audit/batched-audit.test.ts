/** Audit records of events that happen many times a second. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { AuditEntry, AuditLog } from '../../src/core/audit/audit-log.ts';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { batchedAudit } from '../../src/stores/batched-audit.ts';
import { memoryAudit } from '../../src/stores/memory/audit.ts';

const signedIn = (user: string, requestId = 'one'): AuditEntry => ({
  action: 'signed_in',
  actor: { user, client: 'app' },
  subject: `user:${user}`,
  address: '192.0.2.1',
  requestId,
});

const failed = (username: string): AuditEntry => ({
  action: 'sign_in_failed',
  actor: { client: 'app' },
  subject: undefined,
  details: { username },
});

/** An audit log that a test can take away or slow down. */
function open() {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const audit = memoryAudit();
  const state = { away: false, writes: 0, slow: undefined as Promise<void> | undefined };
  const log: Pick<AuditLog, 'record'> = {
    async record(...entries) {
      state.writes += 1;
      await state.slow;
      if (state.away) throw new StoreUnavailable('away');
      await audit.record(...entries);
    },
  };
  const stopping = new AbortController();
  const told = vi.fn();
  const batched = batchedAudit(log, stopping.signal, { failed: told });
  const all = async () => (await audit.list(undefined, 10_000)).reverse();
  return { batched, state, stopping, told, all };
}

describe('an event that happens many times a second', () => {
  test('is recorded together with others, within a second', async () => {
    const { batched, state, all } = open();
    for (const user of ['alice', 'bob', 'carol']) await batched.record(signedIn(user));
    expect(state.writes).toBe(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await all()).map(({ subject }) => subject)).toEqual(['user:alice', 'user:bob', 'user:carol']);
    expect(state.writes).toBe(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(state.writes).toBe(1);
  });

  test('is one record with a count when only the request differs', async () => {
    const { batched, all } = open();
    for (let call = 1; call <= 500; call += 1) await batched.record(signedIn('alice', `call ${call}`));
    await batched.record(signedIn('bob'));
    await batched.record({ ...signedIn('bob'), address: '192.0.2.2' });
    await batched.flush();
    expect(await all()).toMatchObject([
      { ...signedIn('alice', 'call 1'), details: { times: 500 } },
      signedIn('bob'),
      { address: '192.0.2.2' },
    ]);
    expect((await all())[1]).not.toHaveProperty('details');
  });

  test('is recorded with the time at which it first happened', async () => {
    const { batched, all } = open();
    const happened = Date.now();
    await batched.record(signedIn('alice'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await all())[0]?.at.getTime()).toBeCloseTo(happened, -2);
  });

  test('is kept during an outage of the log, which is reported once', async () => {
    const { batched, state, told, all } = open();
    state.away = true;
    await batched.record(signedIn('alice'));
    await vi.advanceTimersByTimeAsync(1_500);
    await batched.record(signedIn('alice'));
    await vi.advanceTimersByTimeAsync(8_500);
    expect(state.writes).toBe(10);
    expect(told).toHaveBeenCalledTimes(1);
    state.away = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await all()).toMatchObject([{ subject: 'user:alice', details: { times: 2 } }]);
    state.away = true;
    await batched.record(signedIn('bob'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told).toHaveBeenCalledTimes(2);
  });

  test('is counted together with the same events during an outage', async () => {
    const { batched, state, all } = open();
    const { promise, resolve } = Promise.withResolvers<void>();
    Object.assign(state, { away: true, slow: promise });
    await batched.record(signedIn('alice'));
    const flushed = batched.flush();
    await vi.advanceTimersByTimeAsync(0);
    for (let call = 0; call < 3; call += 1) await batched.record(signedIn('alice'));
    resolve();
    await expect(flushed).rejects.toThrow(StoreUnavailable);
    state.away = false;
    await batched.flush();
    expect(await all()).toMatchObject([{ details: { times: 4 } }]);
  });

  test('waits when there are too many, and fails when it cannot be recorded', async () => {
    const { batched, state, all } = open();
    state.away = true;
    for (let user = 0; user < 200; user += 1) await batched.record(signedIn(`user ${user}`));
    await expect(batched.record(signedIn('one too many'))).rejects.toThrow(StoreUnavailable);
    await batched.record(signedIn('user 1'));
    state.away = false;
    await batched.record(signedIn('one more'));
    expect(await all()).toHaveLength(200);
    await batched.flush();
    expect((await all()).map(({ subject }) => subject)).toContain('user:one more');
    expect((await all()).map(({ subject }) => subject)).not.toContain('user:one too many');
  });

  test('is only counted when any caller can cause it and there are too many', async () => {
    const { batched, state, all } = open();
    state.away = true;
    for (let guess = 0; guess < 5_000; guess += 1) {
      await batched.record({ ...failed(`guess ${guess}`), address: `192.0.2.${guess}` });
    }
    await expect(batched.record(signedIn('bob'))).rejects.toThrow(StoreUnavailable);
    state.away = false;
    await batched.record(signedIn('alice'));
    await batched.flush();
    const records = await all();
    expect(records).toHaveLength(202);
    expect(records).toContainEqual(expect.objectContaining({ details: { others: true, times: 4_800 } }));
    expect(records).toContainEqual(expect.objectContaining({ subject: 'user:alice' }));
  });

  test('from one address does not crowd out events from other addresses', async () => {
    const { batched, all } = open();
    for (let guess = 0; guess < 5_000; guess += 1) {
      await batched.record({ ...failed(`noise ${guess}`), address: '192.0.2.1' });
    }
    await batched.record({ ...failed('root-admin'), address: '192.0.2.2' });
    await batched.flush();
    const records = await all();
    expect(records).toHaveLength(12);
    expect(records).toContainEqual(
      expect.objectContaining({ address: '192.0.2.1', details: { others: true, times: 4_990 } }),
    );
    expect(records).toContainEqual(
      expect.objectContaining({ address: '192.0.2.2', details: { username: 'root-admin' } }),
    );
  });

  test('is recorded when the service stops, and at once after that', async () => {
    const { batched, stopping, all, state } = open();
    await batched.record(signedIn('alice'));
    stopping.abort();
    await batched.flush();
    expect(await all()).toHaveLength(1);
    await batched.record(signedIn('bob'));
    expect(await all()).toHaveLength(2);
    state.away = true;
    await expect(batched.record(signedIn('carol'))).rejects.toThrow(StoreUnavailable);
  });

  test('is recorded when a flush is done, even if another was under way', async () => {
    const { batched, state, all } = open();
    const { promise, resolve } = Promise.withResolvers<void>();
    state.slow = promise;
    await batched.record(signedIn('alice'));
    const first = batched.flush();
    await vi.advanceTimersByTimeAsync(0);
    await batched.record(signedIn('bob'));
    const others = [batched.flush(), batched.flush()];
    resolve();
    await Promise.all([first, ...others]);
    expect((await all()).map(({ subject }) => subject)).toEqual(['user:alice', 'user:bob']);
    expect(state.writes).toBe(2);
  });
});
