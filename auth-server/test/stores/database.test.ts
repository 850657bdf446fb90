/** An outage of the database is reported as one, soon, and without the password in the URL. */

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { DatabaseError } from 'pg';
import { describeError } from 'shared/telemetry/logger.ts';
import { freePort } from 'shared/test/serve.ts';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { openDatabase } from '../../src/stores/postgres/database.ts';
import { asStoreFailure } from '../../src/stores/postgres/failures.ts';
import { postgresRevocations } from '../../src/stores/postgres/revocations.ts';
import { isCurrent, migrate } from '../../src/stores/postgres/run-migrations.ts';
import { sweepExpired } from '../../src/stores/postgres/sweeper.ts';

const PASSWORD = 'a-password-of-ours';
const urlOf = (port: number, host = '127.0.0.1') => `postgres://user:${PASSWORD}@${host}:${port}/database`;

function open(url: string) {
  const database = openDatabase(url);
  onTestFinished(() => database.destroy());
  return database;
}

/** A server that accepts connections and never answers. */
async function startSilent(): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe('a database that is away', () => {
  test.each(['127.0.0.1', 'localhost'])(
    'is reported with its cause when no server listens at %s',
    async (host) => {
      const database = open(urlOf(await freePort(), host));
      const failure = await isCurrent(database).catch((error) => error);
      expect(failure).toBeInstanceOf(StoreUnavailable);
      expect(failure.cause).toMatchObject({ code: 'ECONNREFUSED' });
      expect(JSON.stringify(describeError(failure))).not.toContain(PASSWORD);
    },
  );

  test('is reported with its cause when its name cannot be resolved', async () => {
    const failure = await isCurrent(open(urlOf(5432, 'database.invalid'))).catch((error) => error);
    expect(failure).toBeInstanceOf(StoreUnavailable);
    expect(failure.cause).toMatchObject({ syscall: 'getaddrinfo' });
  });

  test('is reported to all waiting callers within seconds when it never answers', async () => {
    const database = open(urlOf(await startSilent()));
    const started = performance.now();
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => isCurrent(database)));
    expect(outcomes.map(({ status }) => status)).toEqual(Array(20).fill('rejected'));
    for (const outcome of outcomes) {
      expect((outcome as PromiseRejectedResult).reason).toBeInstanceOf(StoreUnavailable);
    }
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('fails a revocation, which is never taken for done', async () => {
    const revocations = postgresRevocations(open(urlOf(await freePort())));
    await expect(revocations.add('jti', Date.now() / 1_000 + 5)).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(revocations.has('jti')).rejects.toBeInstanceOf(StoreUnavailable);
  });

  test('is not taken for a fault of the schema', async () => {
    await expect(migrate(urlOf(await freePort()))).rejects.toBeInstanceOf(StoreUnavailable);
  });

  test('is reported once by the sweeper, which goes on', async () => {
    const stopping = new AbortController();
    const failed = vi.fn();
    const database = open(urlOf(await freePort()));
    const tries = vi.spyOn(database, 'transaction');
    const swept = sweepExpired(database, stopping.signal, { everyMs: 1, failed });
    await vi.waitFor(() => expect(tries.mock.calls.length).toBeGreaterThan(3), 5_000);
    stopping.abort();
    await swept;
    expect(failed.mock.calls).toEqual([[expect.any(StoreUnavailable)]]);
  });
});

describe('a failure of the database', () => {
  const said = (code: string) => Object.assign(new DatabaseError('a message', 9, 'error'), { code });

  test.each([
    ['08006', 'connection_failure'],
    ['25006', 'read_only_sql_transaction'],
    ['28P01', 'invalid_password'],
    ['3D000', 'invalid_catalog_name'],
    ['40001', 'serialization_failure'],
    ['40P01', 'deadlock_detected'],
    ['53100', 'disk_full'],
    ['53300', 'too_many_connections'],
    ['57014', 'query_canceled'],
    ['57P01', 'admin_shutdown'],
    ['57P02', 'crash_shutdown'],
    ['57P03', 'cannot_connect_now'],
    ['58030', 'io_error'],
  ])('is an outage: %s, %s', (code) => {
    const failure = asStoreFailure(said(code));
    expect(failure).toBeInstanceOf(StoreUnavailable);
    expect((failure as StoreUnavailable).cause).toMatchObject({ code });
  });

  test.each([
    ['22P02', 'invalid_text_representation'],
    ['23505', 'unique_violation'],
    ['42P01', 'undefined_table'],
    ['XX001', 'data_corrupted'],
  ])('is passed on unchanged: %s, %s', (code) => {
    const failure = said(code);
    expect(asStoreFailure(failure)).toBe(failure);
  });

  test('is an outage too when no address of the server’s name answers', () => {
    const failure = new AggregateError([new Error('connect ECONNREFUSED ::1:5432')]);
    expect(asStoreFailure(failure)).toBeInstanceOf(StoreUnavailable);
  });

  test('is not confused with mistakes in our code', async () => {
    const mistake = new TypeError('parameters is not iterable');
    expect(asStoreFailure(mistake)).toBe(mistake);
    expect(asStoreFailure('a text')).toBe('a text');
  });
});
