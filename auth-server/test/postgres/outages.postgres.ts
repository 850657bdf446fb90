/** A real server that goes away or does not keep up, and comes back. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { DatabaseError } from 'pg';
import { requestId, withRequestContext } from 'shared/telemetry/request-context.ts';
import { passingTracer } from 'shared/telemetry/tracing/tracer.ts';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { postgresArtifacts } from '../../src/stores/postgres/artifacts.ts';
import { type Database, type DatabaseOptions, openDatabase } from '../../src/stores/postgres/database.ts';
import { migrations } from '../../src/stores/postgres/migrations/all.ts';
import { postgresRevocations } from '../../src/stores/postgres/revocations.ts';
import { migrate } from '../../src/stores/postgres/run-migrations.ts';
import { sealer } from '../../src/stores/postgres/sealing.ts';
import { startRelay } from './support/relay.ts';
import { atServer, createDatabase } from './support/server.ts';

const created = createDatabase();
let url: string;

beforeAll(async () => {
  url = await created;
  await migrate(url);
});

function open(at = url, options?: DatabaseOptions): Database {
  const database = openDatabase(at, options);
  onTestFinished(() => database.destroy());
  return database;
}

const ask = (database: Database) => sql<{ one: number }>`select 1 as one`.execute(database);

async function expectAnswer(database: Database): Promise<void> {
  expect((await ask(database)).rows).toEqual([{ one: 1 }]);
}

/** The cause of the outage with which a promise must be rejected. */
async function outage(promise: Promise<unknown>): Promise<Error> {
  const failure = await promise.then(
    () => undefined,
    (error) => error,
  );
  expect(failure).toBeInstanceOf(StoreUnavailable);
  return failure.cause;
}

/** Ends every other connection to the database, as an operator or a stopping server does. */
const endConnections = () =>
  atServer(
    `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name = 'auth-server'`,
    url,
  );

const seconds = (seconds: number) => sql`select pg_sleep(${seconds})`;

describe('a server that does not keep up', () => {
  test('is not waited for longer than two seconds, and can be asked again', async () => {
    const database = open(url, { connections: 1 });
    const started = performance.now();
    expect(await outage(seconds(10).execute(database))).toMatchObject({ code: '57014' });
    expect(performance.now() - started).toBeLessThan(2_500);
    await expectAnswer(database);
  });

  test('gets no more work than it has connections, and a call that waits too long fails', async () => {
    const database = open(url, { connections: 2, statementMs: 10_000 });
    const busy = Promise.all([seconds(3).execute(database), seconds(3).execute(database)]);
    const cause = await outage(ask(database));
    expect(cause.message).toBe('timeout exceeded when trying to connect');
    await busy;
    await expectAnswer(database);
  });
});

describe('a server that goes away', () => {
  test('fails the running call, and is used again by the next', async () => {
    const database = open();
    await expectAnswer(database);
    const asked = Array.from({ length: 5 }, () => outage(seconds(1.5).execute(database)));
    await sleep(200);
    await endConnections();
    for (const cause of await Promise.all(asked)) expect(cause).toMatchObject({ code: '57P01' });
    await expectAnswer(database);
  });

  test('between two calls is noticed, and the next call is answered', async () => {
    const idsSeen: unknown[] = [];
    const connectionLost = vi.fn(() => void idsSeen.push(requestId()));
    const database = open(url, { connectionLost });
    const facts = { requestId: 'of the request that opened the connections' };
    const span = passingTracer.begin({ method: 'GET', traceparent: '', tracestate: '' });
    await withRequestContext({ facts, span, deadline: Number.POSITIVE_INFINITY }, () =>
      Promise.all([ask(database), ask(database), ask(database)]),
    );
    await endConnections();
    await vi.waitFor(() => expect(connectionLost).toHaveBeenCalledTimes(3), 5_000);
    expect(idsSeen, 'it is no part of that request').toEqual([undefined, undefined, undefined]);
    await expectAnswer(database);
  });

  test('in the middle of a transaction leaves no part of it behind', async () => {
    const database = open();
    const revocations = postgresRevocations(database);
    const work = database.transaction().execute(async (transaction) => {
      await postgresRevocations(transaction).add('half', Date.now() / 1_000 + 60);
      await endConnections();
      await sleep(100);
      await postgresRevocations(transaction).add('other half', Date.now() / 1_000 + 60);
    });
    await outage(work);
    expect([await revocations.has('half'), await revocations.has('other half')]).toEqual([false, false]);
  });

  test('in the middle of a migration is not reported as a fault of the migration', async () => {
    const slow = {
      up: (db: Kysely<unknown>) =>
        seconds(1.5)
          .execute(db)
          .then(() => {}),
    };
    const migrated = outage(migrate(url, { ...migrations, '9-slow': slow }));
    await sleep(500);
    await endConnections();
    expect(await migrated).toBeInstanceOf(Error);
  });

  test('is used again when it is back', async () => {
    const relay = await startRelay(url);
    const database = open(relay.url);
    const artifacts = postgresArtifacts(ARTIFACT_MODELS, database, sealer([randomBytes(32)]));
    await artifacts.upsert('Session', 'one', { jti: 'one' }, 60);
    relay.cut();
    const calls = [
      artifacts.upsert('Session', 'two', { jti: 'two' }, 60),
      artifacts.find('Session', 'one'),
      artifacts.findByUid('Session', 'one'),
      artifacts.findByUserCode('DeviceCode', 'one'),
      artifacts.findByClient('Grant', 'alice', 'app'),
      artifacts.consume('Session', 'one'),
      artifacts.destroy('Session', 'one'),
      artifacts.revokeByGrantId('Session', 'one'),
    ];
    await Promise.all(calls.map(outage));
    relay.mend();
    expect(await artifacts.find('Session', 'one')).toEqual({ jti: 'one' });
    expect(await artifacts.find('Session', 'two')).toBeUndefined();
  });

  test('silently is not waited for, and no later call gets its late answers', async () => {
    const relay = await startRelay(url);
    const database = open(relay.url, { connections: 1 });
    await expectAnswer(database);
    relay.fallSilent();
    const started = performance.now();
    const cause = await outage(sql`select 2 as one`.execute(database));
    expect(cause.message).toBe('Query read timeout');
    expect(performance.now() - started).toBeLessThan(3_500);
    relay.mend();
    await expectAnswer(database);
  });

  test('loses no revocation that it has confirmed', async () => {
    const relay = await startRelay(url);
    const revocations = postgresRevocations(open(relay.url));
    const taken: string[] = [];
    const all = Array.from({ length: 200 }, async (_, index) => {
      await revocations.add(`token ${index}`, Date.now() / 1_000 + 60);
      taken.push(`token ${index}`);
      if (taken.length === 50) relay.cut();
    });
    const lost = (await Promise.allSettled(all)).filter(({ status }) => status === 'rejected');
    expect(lost.length).toBeGreaterThan(0);
    const elsewhere = postgresRevocations(open());
    for (const jti of taken) expect(await elsewhere.has(jti)).toBe(true);
  });
});

describe('a mistake in our code', () => {
  test.each([
    ['select nonsense', '42703'],
    ['insert into artifacts (model) values (null)', '23502'],
  ])('is told as it is: %s', async (statement, code) => {
    const failure = await sql
      .raw(statement)
      .execute(open())
      .catch((error) => error);
    expect(failure).toBeInstanceOf(DatabaseError);
    expect(failure.code).toBe(code);
  });
});
