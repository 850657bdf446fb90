/** What two replicas do at once, on a real server. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { apiDefinition } from '../../src/core/apis/api-definition.ts';
import type { ArtifactStore } from '../../src/core/grants/artifact-store.ts';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { postgresApis } from '../../src/stores/postgres/apis.ts';
import { postgresArtifacts } from '../../src/stores/postgres/artifacts.ts';
import { type Database, openDatabase } from '../../src/stores/postgres/database.ts';
import { migrations } from '../../src/stores/postgres/migrations/all.ts';
import { postgresRevocations } from '../../src/stores/postgres/revocations.ts';
import { isCurrent, migrate } from '../../src/stores/postgres/run-migrations.ts';
import { sealer } from '../../src/stores/postgres/sealing.ts';
import { sweep, sweepExpired } from '../../src/stores/postgres/sweeper.ts';
import { unitsOfWork } from '../../src/stores/postgres/units/transactions.ts';
import { emptyDatabase } from '../stores/empty-database.ts';
import { createDatabase } from './support/server.ts';

const created = createDatabase();
let url: string;
let replicas: [Database, Database];

beforeAll(async () => {
  url = await created;
  replicas = [openDatabase(url), openDatabase(url)];
});
afterAll(() => Promise.all(replicas.map((replica) => replica.destroy())));

/** Resolves once a statement waits for what another transaction has locked. */
const waitsForLock = (database: Database): Promise<unknown> =>
  vi.waitFor(async () => {
    const { rows } = await sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
      database,
    );
    expect(rows).toHaveLength(1);
  }, 5_000);

/** Asks ten times at once, of each replica in turn. */
const tenTimes = <Answer>(ask: (replica: Database) => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: 10 }, (_, index) => ask(replicas[index % 2 === 0 ? 0 : 1])));

describe('two replicas that start at once', () => {
  test.each([1, 2, 3, 4, 5])('on an empty database both find it migrated (try %d)', async () => {
    await emptyDatabase(url);
    await Promise.all(replicas.map(() => migrate(url)));
    expect(await Promise.all(replicas.map((replica) => isCurrent(replica)))).toEqual([true, true]);
    const { rows } = await sql`select name from kysely_migration`.execute(replicas[0]);
    expect(rows).toEqual(Object.keys(migrations).map((name) => ({ name })));
  });

  test('wait for a migration that takes longer than any statement may', async () => {
    await emptyDatabase(url);
    const steps = { '0001-slow': { up: () => sleep(3_000) } };
    await Promise.all(replicas.map(() => migrate(url, steps)));
    expect(await isCurrent(replicas[0], steps)).toBe(true);
  });

  test('of which one is newer both find what they need', async () => {
    await emptyDatabase(url);
    const older = { '0001-slow': { up: () => sleep(500) } };
    const newer = { ...older, '0002-newer': { up: () => sleep(0) } };
    const first = migrate(url, newer);
    await sleep(250);
    await migrate(url, older);
    await first;
  });
});

describe('two replicas', () => {
  const key = randomBytes(32);
  const artifacts = (replica: Database) => postgresArtifacts(ARTIFACT_MODELS, replica, sealer([key]));

  beforeEach(async () => {
    await emptyDatabase(url);
    await migrate(url);
  });

  test('consume a code once, of ten times', async () => {
    for (let code = 0; code < 20; code += 1) {
      const id = `code ${code}`;
      await artifacts(replicas[0]).upsert('AuthorizationCode', id, { jti: id }, 60);
      const told = await tenTimes((replica) => artifacts(replica).consume('AuthorizationCode', id));
      expect(told.filter(Boolean)).toHaveLength(1);
    }
  });

  test('store one artifact, of ten times, and all of one of them', async () => {
    let nth = 0;
    await tenTimes((replica) => {
      nth += 1;
      return artifacts(replica).upsert('Session', 'one', { jti: 'one', nth, uid: `uid ${nth}` }, 60);
    });
    const stored = await artifacts(replicas[1]).find('Session', 'one');
    expect(stored?.uid).toBe(`uid ${stored?.nth}`);
    const { rows } = await sql`select from artifacts`.execute(replicas[0]);
    expect(rows).toHaveLength(1);
  });

  test('end all that came of a grant, of ten times, without getting into each other’s way', async () => {
    for (let token = 0; token < 50; token += 1) {
      const jti = `token ${token}`;
      await artifacts(replicas[0]).upsert('RefreshToken', jti, { jti, grantId: 'one' }, 60);
    }
    await tenTimes((replica) => artifacts(replica).revokeByGrantId('RefreshToken', 'one'));
    const { rows } = await sql`select from artifacts`.execute(replicas[0]);
    expect(rows).toEqual([]);
  });

  test('one that consumed nothing, since the other was first, holds nothing locked until its unit ends', async () => {
    const own = replicas.map((replica) => unitsOfWork(replica));
    const [first, second] = own.map((units) =>
      postgresArtifacts(ARTIFACT_MODELS, units.database, sealer([key]), units),
    ) as [ArtifactStore, ArtifactStore];
    await first.upsert('RefreshToken', 'one', { jti: 'one', grantId: 'a grant' }, 60);
    const consumed = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const late = own[0]?.run(async () => {
      await first.consume('RefreshToken', 'one');
      const other = own[1]?.run(async () => {
        expect(await second.consume('RefreshToken', 'one')).toBe(false);
        consumed.resolve();
        await ended.promise;
      });
      await waitsForLock(replicas[0]);
      return { other };
    });
    const { other } = (await late) ?? {};
    await consumed.promise;
    // Without a unit, as the next request, which saw that the token was consumed, would do it.
    await artifacts(replicas[0]).revokeByGrantId('RefreshToken', 'a grant');
    ended.resolve();
    await other;
    expect(await first.find('RefreshToken', 'one')).toBeUndefined();
  });

  test('know at once of what the other revoked', async () => {
    for (let token = 0; token < 20; token += 1) {
      await tenTimes((replica) => postgresRevocations(replica).add(`token ${token}`, Date.now() / 1_000 + 5));
      expect(await postgresRevocations(replicas[1]).has(`token ${token}`)).toBe(true);
    }
  });

  test('open what the other sealed', async () => {
    const client = { client_id: 'one', client_secret: 'secret' };
    await artifacts(replicas[0]).upsert('Client', 'one', client, undefined);
    expect(await artifacts(replicas[1]).find('Client', 'one')).toEqual(client);
  });

  const expire = (count: number) =>
    sql`
      insert into artifacts (model, id, payload, expires_at)
      select 'Session', n::text, '{}', now() - interval '1 minute' from generate_series(1, ${count}::int) n
    `.execute(replicas[0]);

  const left = async () => Number((await sql`select from artifacts`.execute(replicas[0])).rows.length);

  test('do not sweep at the same time', async () => {
    await expire(1);
    const first = await replicas[0].transaction().execute(async (transaction) => {
      await sql`lock table artifacts`.execute(transaction);
      const waiting = sweep(replicas[0]);
      const locks = sql`select from pg_locks where locktype = 'advisory' and granted and database =
        (select oid from pg_database where datname = current_database())`;
      await vi.waitFor(async () => expect((await locks.execute(transaction)).rows).toHaveLength(1));
      expect(await sweep(replicas[1])).toBe('elsewhere');
      return { waiting };
    });
    expect(await first.waiting).toBe('done');
    expect(await sweep(replicas[1])).toBe('done');
  });

  test('sweep it all between them, and neither fails', async () => {
    await expire(20_000);
    const stopping = new AbortController();
    const failed = vi.fn();
    const swept = replicas.map((replica) =>
      sweepExpired(replica, stopping.signal, { everyMs: 2, restMs: 1, failed }),
    );
    await vi.waitFor(async () => expect(await left()).toBe(0), 20_000);
    stopping.abort();
    await Promise.all(swept);
    expect(failed).not.toHaveBeenCalled();
  });

  test('leave to others what they are working on, and do not wait for it', async () => {
    await expire(3);
    await replicas[0].transaction().execute(async (transaction) => {
      await sql`select from artifacts where id = '2' for update`.execute(transaction);
      expect(await sweep(replicas[1])).toBe('done');
    });
    expect(await left()).toBe(1);
  });
});

describe('APIs that two replicas change at once', () => {
  const resource = 'https://orders.example.com';
  const definition = apiDefinition.parse({ resource, name: 'Orders', scopes: { read: 'See your orders' } });

  test('are each a change of the edition, also within units of work, and none waits for another for long', async () => {
    await emptyDatabase(url);
    await migrate(url);
    const units = replicas.map(unitsOfWork);
    const registries = units.map(({ database, ...hooks }) => postgresApis(database, hooks));
    const before = BigInt((await registries[0]?.edition()) ?? '');
    const twenty = Array.from({ length: 20 }, (_, index) => ({
      id: `api-${index}`,
      unit: units[index % 2],
      apis: registries[index % 2],
    }));
    await Promise.all(
      twenty.map(({ id, unit, apis }) => unit?.run(async () => apis?.create({ id, definition }))),
    );
    await Promise.all(twenty.map(({ id, unit, apis }) => unit?.run(async () => apis?.delete(id, 1))));
    expect(BigInt((await registries[1]?.edition()) ?? '')).toBe(before + 40n);
  });

  test('take along what users have allowed while others sign these users out, and neither fails', async () => {
    await emptyDatabase(url);
    await migrate(url);
    const units = replicas.map(unitsOfWork);
    const stores = units.map((unit) =>
      postgresArtifacts(ARTIFACT_MODELS, unit.database, sealer([randomBytes(32)]), unit),
    );
    const ids = Array.from({ length: 200 }, (_, index) => `grant-${index}`);
    const consent = (id: string) => ({
      jti: id,
      accountId: 'alice',
      clientId: 'app',
      resources: { [resource]: 'read' },
    });
    for (const id of ids) await stores[0]?.upsert('Consent', id, consent(id), 60);
    const kept = ids.slice(100);
    await Promise.all([
      ...Array.from({ length: 5 }, () =>
        units[0]?.run(async () => stores[0]?.forgetScopes([{ resource, scopes: 'all' }])),
      ),
      ...Array.from({ length: 5 }, () =>
        units[1]?.run(async () =>
          stores[1]?.destroyAll(
            ids
              .slice(0, 100)
              .toReversed()
              .map((id) => ({ model: 'Consent', id })),
          ),
        ),
      ),
    ]);
    expect(await stores[0]?.findByAccount('Consent', 'alice')).toHaveLength(kept.length);
    for (const id of kept) expect(await stores[0]?.find('Consent', id)).toMatchObject({ resources: {} });
  });
});
