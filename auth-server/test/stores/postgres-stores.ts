/** The stores in PostgreSQL: the contracts of all stores, and what only PostgreSQL does. */
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Artifact } from '../../src/core/grants/artifact-store.ts';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { postgresArtifacts } from '../../src/stores/postgres/artifacts.ts';
import type { Database } from '../../src/stores/postgres/database.ts';
import { postgresRevocations } from '../../src/stores/postgres/revocations.ts';
import { sealer } from '../../src/stores/postgres/sealing.ts';
import { sweep, sweepExpired } from '../../src/stores/postgres/sweeper.ts';
import { describeArtifactStore } from './contracts/artifact-store.ts';
import { describeRevocationList } from './contracts/revocation-list.ts';
import { openEmptyTables } from './empty-database.ts';
import { ROWS } from './migrations-rows.ts';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

const aSealer = () => sealer([randomBytes(32)]);

/** Lets time pass for all stored rows, in seconds. */
export async function pass(database: Database, seconds: number): Promise<void> {
  const ago = sql`make_interval(secs => ${seconds})`;
  await sql`update artifacts set expires_at = expires_at - ${ago}, created_at = created_at - ${ago}`.execute(
    database,
  );
  await sql`update revocations set expires_at = expires_at - ${ago}`.execute(database);
}

/** Everything that a reader of the database sees. */
async function everythingStored(database: Database): Promise<string> {
  const { rows } = await sql`
    select to_json(artifacts)::text from artifacts union all select to_json(revocations)::text from revocations
  `.execute(database);
  return JSON.stringify(rows);
}

async function countOf(database: Database, table: string): Promise<number> {
  const { rows } = await sql<{ count: string }>`select count(*) from ${sql.table(table)}`.execute(database);
  return Number(rows[0]?.count);
}

/** @param start the URL of a database, which is emptied; it need not serve more than one connection at a time */
export function describePostgresStores(name: string, start: () => Promise<string>): void {
  describe(`the stores ${name}:`, () => {
    let database: Database;
    beforeAll(async () => {
      database = await openEmptyTables(await start());
    }, 60_000);
    afterAll(() => database.destroy());

    async function open(models = ARTIFACT_MODELS) {
      await sql`truncate artifacts, revocations`.execute(database);
      return {
        database,
        store: postgresArtifacts(models, database, aSealer()),
        list: postgresRevocations(database),
        pass: (seconds: number) => pass(database, seconds),
      };
    }

    describeArtifactStore(name, open);
    describeRevocationList(name, open);

    describe(`an artifact ${name}`, () => {
      test.each([-DAY, DAY])(
        'expires by the clock of the database, not by the clock of a replica that is %d s ahead',
        async (ahead) => {
          const { store, pass } = await open();
          vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ahead * 1_000 });
          onTestFinished(() => void vi.useRealTimers());
          await store.upsert('Session', 'one', { jti: 'one' }, MINUTE);
          expect(await store.find('Session', 'one')).toBeDefined();
          await pass(MINUTE);
          expect(await store.find('Session', 'one')).toBeUndefined();
        },
      );

      test('cannot be consumed once it has expired', async () => {
        const { store, pass } = await open();
        await store.upsert('AuthorizationCode', 'one', { jti: 'one' }, MINUTE);
        await pass(MINUTE);
        expect(await store.consume('AuthorizationCode', 'one')).toBe(false);
      });

      test('stays consumed when a request that had found it earlier stores it again', async () => {
        const { store } = await open();
        await store.upsert('DeviceCode', 'one', { jti: 'one' }, MINUTE);
        const before = await store.find('DeviceCode', 'one');
        await store.consume('DeviceCode', 'one');
        await store.upsert('DeviceCode', 'one', { ...before, accountId: 'alice' }, MINUTE);
        expect(await store.consume('DeviceCode', 'one')).toBe(false);
        expect(await store.find('DeviceCode', 'one')).toMatchObject({
          accountId: 'alice',
          consumed: expect.any(Number),
        });
      });
    });

    describe(`a reader of the database ${name} cannot use`, () => {
      const secret = () => `secret${randomBytes(8).toString('hex')}`;

      test.each([
        'AccessToken',
        'AuthorizationCode',
        'DeviceCode',
        'Interaction',
        'PushedAuthorizationRequest',
        'RefreshToken',
        'RegistrationAccessToken',
        'ReplayDetection',
        'Session',
        'a model of a later version',
      ])('the id of %s', async (model) => {
        const { store } = await open();
        const id = secret();
        await store.upsert(model, id, { jti: id, accountId: 'alice', uid: 'the-uid', userCode: 'BBBB' }, DAY);
        await store.consume(model, id);
        expect(await store.find(model, id)).toMatchObject({ jti: id, accountId: 'alice' });
        const stored = await everythingStored(database);
        expect(stored).toContain('alice');
        expect(stored).not.toContain(id);
      });

      test.each<[model: string, field: string, value: (secret: string) => unknown]>([
        ['Client', 'client_secret', (secret) => secret],
        ['Interaction', 'deviceCode', (secret) => secret],
        ['Interaction', 'parJti', (secret) => secret],
        ['Interaction', 'session', (secret) => ({ accountId: 'alice', cookie: secret })],
        ['Interaction', 'returnTo', (secret) => `https://issuer.example/authorize/${secret}`],
        ['Session', 'state', (secret) => ({ secret })],
      ])('what the model %s holds as %s', async (model, field, value) => {
        const { store } = await open();
        const hidden = secret();
        const artifact: Artifact = { client_name: 'Visible', [field]: value(hidden) };
        await store.upsert(model, 'one', artifact, DAY);
        expect(await store.find(model, 'one')).toMatchObject(artifact);
        const stored = await everythingStored(database);
        expect(stored).toContain('Visible');
        expect(stored).not.toContain(hidden);
      });

      test('an opaque token that was revoked', async () => {
        const { list } = await open();
        const token = secret();
        await list.add(token, Date.now() / 1_000 + MINUTE);
        expect(await countOf(database, 'revocations')).toBe(1);
        expect(await everythingStored(database)).not.toContain(token);
      });

      test('a secret that was moved to another row', async () => {
        const { store } = await open();
        await store.upsert('Client', 'theirs', { client_id: 'theirs', client_secret: secret() }, undefined);
        await store.upsert('Client', 'ours', { client_id: 'ours', client_secret: secret() }, undefined);
        await sql`
        update artifacts set sealed = (select sealed from artifacts where id = 'theirs') where id = 'ours'
      `.execute(database);
        await expect(store.find('Client', 'ours')).rejects.toThrow('sealed as something else');
      });
    });

    describe(`the sweeper ${name}`, () => {
      test('removes expired rows, and nothing else', async () => {
        const { store } = await open();
        for (const [id, lifetime] of Object.entries({ gone: -1, here: MINUTE, stays: undefined })) {
          await store.upsert('Session', id, { jti: id }, lifetime);
        }
        expect(await sweep(database)).toBe('done');
        expect(await countOf(database, 'artifacts')).toBe(2);
        expect(await store.find('Session', 'here')).toBeDefined();
        expect(await store.find('Session', 'stays')).toBeDefined();
      });

      test('removes a revocation only when its token has expired by the clock of every replica', async () => {
        const { list, pass } = await open();
        await list.add('one', Date.now() / 1_000 + 5);
        await pass(MINUTE);
        await sweep(database);
        expect(await list.has('one')).toBe(true);
        await pass(60 * MINUTE);
        await sweep(database);
        expect(await countOf(database, 'revocations')).toBe(0);
      });

      test('knows every table whose rows expire', async () => {
        await open();
        for (const statement of Object.values(ROWS).flat()) await sql.raw(statement).execute(database);
        const { rows } = await sql<{ name: string }>`
        select table_name as name from information_schema.columns
        where table_schema = 'public' and column_name = 'expires_at'
      `.execute(database);
        const tables = rows.map(({ name }) => name);
        expect(tables).toContain('guesses');
        for (const table of tables) {
          await sql`update ${sql.table(table)} set expires_at = now() - interval '1 year'`.execute(database);
        }
        await sweep(database);
        for (const table of tables) expect([table, await countOf(database, table)]).toEqual([table, 0]);
      });

      test('removes the oldest rows first, and no more than a batch', async () => {
        const { store } = await open();
        for (let age = 1; age <= 5; age += 1) await store.upsert('Session', `${age}`, { age }, -age);
        expect(await sweep(database, 2)).toBe('more');
        const { rows } = await sql<{ payload: Artifact }>`select payload from artifacts`.execute(database);
        expect(rows.map(({ payload }) => payload.age).sort()).toEqual([1, 2, 3]);
        expect([await sweep(database, 2), await sweep(database, 2)]).toEqual(['more', 'done']);
        expect(await countOf(database, 'artifacts')).toBe(0);
      });

      test('goes on at once while more rows have expired', async () => {
        await open();
        await sql`
        insert into artifacts (model, id, payload, expires_at)
        select 'Session', n::text, '{}', now() - interval '1 minute' from generate_series(1, 3500) n
      `.execute(database);
        const stopping = new AbortController();
        onTestFinished(() => stopping.abort());
        void sweepExpired(database, stopping.signal, { everyMs: 1_500, restMs: 1, failed: vi.fn() });
        const left = () => countOf(database, 'artifacts');
        await vi.waitFor(async () => expect(await left()).toBeLessThan(3_500), 10_000);
        await vi.waitFor(async () => expect(await left()).toBe(0), 1_400);
      });

      test('sweeps again and again until the service stops', async () => {
        const { store } = await open();
        const stopping = new AbortController();
        const failed = vi.fn();
        const swept = sweepExpired(database, stopping.signal, { everyMs: 5, failed });
        for (const id of ['first', 'second']) {
          await store.upsert('Session', id, { jti: id }, -1);
          await vi.waitFor(async () => expect(await countOf(database, 'artifacts')).toBe(0), 5_000);
        }
        stopping.abort();
        await swept;
        await store.upsert('Session', 'third', { jti: 'third' }, -1);
        await new Promise((resolve) => setTimeout(resolve, 50));
        expect(await countOf(database, 'artifacts')).toBe(1);
        expect(failed).not.toHaveBeenCalled();
      });
    });
  });
}
