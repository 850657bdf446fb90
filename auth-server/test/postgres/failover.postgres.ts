/** A failover: a standby replaces the primary, which takes no writes any more. */
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../src/stores/postgres/database.ts';
import { accessToken, startAuthServer } from '../support/auth-server.ts';
import { codeFor, isActive, redeem, tokensOf } from '../support/code-flow.ts';
import { OwnServer } from './support/own-server.ts';
import { startRelay } from './support/relay.ts';
import { atServer } from './support/server.ts';

const SEALING_KEYS = randomBytes(32).toString('base64');

let primary: OwnServer;
let standby: OwnServer;
// Each test has a pair of its own, because a promoted server does not become a standby again.
async function startPair(): Promise<void> {
  primary = await OwnServer.start();
  standby = await OwnServer.follow(primary);
}

/** An auth server that reaches the primary through a relay, which can lead to another server later. */
async function startBehindRelay() {
  const relay = await startRelay(primary.url);
  const server = await startAuthServer({
    USER_DIRECTORY: 'accept-anyone',
    DATABASE_URL: relay.url,
    SEALING_KEYS,
  });
  const ready = async () => (await fetch(`${server.issuer}/health/ready`)).status;
  return { relay, server, ready };
}

const outage = async (response: Promise<Response>) => {
  const { status, headers } = await response;
  return [status, headers.get('retry-after')];
};

/** Makes a server read-only and leaves its connections open, as a fenced server does. */
const fence = (url: string) =>
  atServer("alter system set default_transaction_read_only = 'on'", url).then(() =>
    atServer('select pg_reload_conf()', url),
  );

describe('a server that becomes read-only', () => {
  beforeAll(startPair, 60_000);

  test('is left for the promoted one at once, though its connections stay open', async () => {
    const { relay, server, ready } = await startBehindRelay();
    const tokens = await tokensOf(await redeem(server, await codeFor(server)));
    const codes = await Promise.all(Array.from({ length: 5 }, () => codeFor(server)));
    await atServer('select pg_switch_wal()', primary.url);
    await fence(primary.url);
    // Until the name leads to another server, every call is an outage, and readiness says so.
    await expect.poll(ready, { timeout: 2_000 }).toBe(503);
    expect(await outage(redeem(server, codes[0] as string))).toEqual([503, '1']);
    // Its data may be old, so it is not asked for revocations either.
    expect(await outage(server.introspect(tokens.access_token))).toEqual([503, '1']);
    await standby.promote();
    relay.leadTo(standby.url);
    expect(await ready()).toBe(200);
    for (const code of codes) expect((await redeem(server, code)).status).toBe(200);
    const token = await accessToken(await server.requestToken());
    expect(await isActive(server, token)).toBe(true);
    expect((await server.revoke(token)).status).toBe(200);
    expect(await isActive(server, token)).toBe(false);
  }, 60_000);
});

describe('a server that comes back as a standby', () => {
  beforeAll(startPair, 60_000);

  test('is not used; the promoted one is used as soon as the name leads there', async () => {
    const { relay, server, ready } = await startBehindRelay();
    const code = await codeFor(server);
    await standby.promote();
    await primary.demote();
    expect(await ready()).toBe(503);
    expect(await outage(redeem(server, code))).toEqual([503, '1']);
    relay.leadTo(standby.url);
    expect(await ready()).toBe(200);
    expect((await redeem(server, code)).status).toBe(200);
  }, 60_000);

  test('makes an auth server that starts wait, and say why', async () => {
    const relay = await startRelay(primary.url);
    const server = await startAuthServer({ DATABASE_URL: relay.url, SEALING_KEYS });
    expect(server.lines).toContainEqual(
      expect.objectContaining({
        event: 'store.awaited',
        cause: 'the server takes no writes: it is a standby, or read-only',
      }),
    );
    relay.leadTo(standby.url);
    await expect
      .poll(async () => (await fetch(`${server.issuer}/health/ready`)).status, { timeout: 5_000 })
      .toBe(200);
  }, 60_000);
});

test('a connection is replaced when its life is over, so that a name that leads elsewhere is followed', async () => {
  const server = await OwnServer.start();
  const database = openDatabase(server.url, { connections: 1, lifeS: 0.3 });
  onTestFinished(() => database.destroy());
  const process = async () => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(database);
    return rows[0]?.pid;
  };
  const first = await process();
  expect(await process()).toBe(first);
  await expect.poll(process, { timeout: 2_000 }).not.toBe(first);
}, 60_000);
