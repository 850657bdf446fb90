/** Behind PgBouncer with its defaults, where each transaction gets any free connection. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { inTransaction } from '../../src/stores/postgres/conflicts.ts';
import { type DatabaseOptions, openDatabase } from '../../src/stores/postgres/database.ts';
import { accessToken, startAuthServer } from '../support/auth-server.ts';
import { codeFor, isActive, redeem, refresh, tokensOf } from '../support/code-flow.ts';
import { startPgBouncer } from './support/own-server.ts';
import { atServer, createDatabase } from './support/server.ts';

const created = createDatabase();
let direct: string;
let pooled: string;
beforeAll(async () => {
  direct = await created;
  pooled = await startPgBouncer(direct);
});

function open(url: string, options?: DatabaseOptions) {
  const database = openDatabase(url, options);
  onTestFinished(() => database.destroy());
  return database;
}

async function outage(promise: Promise<unknown>): Promise<unknown> {
  const failure = await promise.then(
    () => undefined,
    (error) => error,
  );
  expect(failure).toBeInstanceOf(StoreUnavailable);
  return failure.cause;
}

const SEALING_KEYS = randomBytes(32).toString('base64');
const start = (url: string) =>
  startAuthServer({ USER_DIRECTORY: 'accept-anyone', DATABASE_URL: url, SEALING_KEYS });

/** Uses every kind of stored data once. */
async function expectAllWorks(server: Awaited<ReturnType<typeof start>>): Promise<void> {
  const { access_token, refresh_token } = await tokensOf(await redeem(server, await codeFor(server)));
  expect(await isActive(server, access_token)).toBe(true);
  expect((await refresh(server, refresh_token)).status).toBe(200);
  const token = await accessToken(await server.requestToken());
  expect((await server.revoke(token)).status).toBe(200);
  expect(await isActive(server, token)).toBe(false);
  expect((await fetch(`${server.issuer}/health/ready`)).status).toBe(200);
}

test('an auth server migrates, starts and works', async () => {
  const server = await start(pooled);
  await Promise.all(Array.from({ length: 10 }, () => expectAllWorks(server)));
});

test('an idle transaction is ended after ten seconds, behind PgBouncer and directly', async () => {
  const idle = async (url: string) => {
    const transaction = await open(url).startTransaction().execute();
    await sql`select 1`.execute(transaction);
    await sleep(10_500);
    await outage(sql`select 1`.execute(transaction));
    await transaction
      .rollback()
      .execute()
      .catch(() => {});
  };
  await Promise.all([direct, pooled].map(idle));
});

/** Gives the database a setting until the test is finished, on every connection. */
async function setForDatabase(setting: string, value: string): Promise<void> {
  const name = new URL(direct).pathname.slice(1);
  onTestFinished(() => atServer(`alter database ${name} reset ${setting}`, direct));
  await atServer(`alter database ${name} set ${setting} = '${value}'`, direct);
  await atServer(
    `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`,
    direct,
  );
}

describe.each([
  ['directly', () => direct],
  ['through PgBouncer', () => pooled],
])('%s', (_how, url) => {
  test('a statement in a transaction ends at the server after two seconds', async () => {
    const database = open(url(), { connections: 1 });
    const cause = await outage(
      database.transaction().execute((transaction) => sql`select pg_sleep(10)`.execute(transaction)),
    );
    expect(cause).toMatchObject({ code: '57014' });
    await sql`select 1`.execute(database);
  });

  test('we wait for a statement outside of a transaction only a moment longer', async () => {
    const database = open(url(), { connections: 1 });
    const started = performance.now();
    await outage(sql`select pg_sleep(10)`.execute(database));
    expect(performance.now() - started).toBeLessThan(3_000);
    await sql`select 1`.execute(database);
  });

  test('a caller without a limit may take as long as it needs, whatever the database has set', async () => {
    await setForDatabase('statement_timeout', '300');
    const patient = open(url(), { connections: 1, statementMs: Number.POSITIVE_INFINITY });
    await patient.transaction().execute((transaction) => sql`select pg_sleep(0.6)`.execute(transaction));
  });

  test('a transaction that got in the way of another is run again from its start', async () => {
    await atServer('create table if not exists counts (id int primary key, count int)', direct);
    await atServer(
      'insert into counts values (1, 0), (2, 0) on conflict (id) do update set count = 0',
      direct,
    );
    const database = open(url());
    const add = (...ids: number[]) =>
      inTransaction(database, async (transaction) => {
        for (const id of ids) {
          await sql`update counts set count = count + 1 where id = ${id}`.execute(transaction);
          await sql`select pg_sleep(0.1)`.execute(transaction);
        }
      });
    // The two update the rows in opposite orders, so that each waits for the other.
    await Promise.all([add(1, 2), add(2, 1)]);
    const { rows } = await sql`select count from counts order by id`.execute(database);
    expect(rows).toEqual([{ count: 2 }, { count: 2 }]);
  });

  test('an auth server works, whatever the database has set for dates and for isolation', async () => {
    await setForDatabase('datestyle', 'German');
    await setForDatabase('default_transaction_isolation', 'serializable');
    const server = await start(url());
    await Promise.all(Array.from({ length: 5 }, () => expectAllWorks(server)));
    const database = open(url());
    const { rows } = await sql<{ at: Date }>`select timestamptz '2026-08-01 12:00:00Z' as at`.execute(
      database,
    );
    expect(rows[0]?.at).toEqual(new Date('2026-08-01T12:00:00Z'));
  });
});
