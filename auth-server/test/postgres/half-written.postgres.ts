/** Requests that the database fails in the middle: nothing of them is kept, and who tries again gets what is due. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely } from 'kysely';
import { Client } from 'pg';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { emptyDatabase } from '../stores/empty-database.ts';
import { accessToken, startAuthServer } from '../support/auth-server.ts';
import {
  answerAt,
  authorizationUrl,
  codeFor,
  isActive,
  redeem,
  refresh,
  thirdParty,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';
import { createAlice } from './support/alice.ts';
import { startRelay } from './support/relay.ts';
import { atServer, createDatabase } from './support/server.ts';

const created = createDatabase();
let url: string;
beforeAll(async () => {
  url = await created;
});
beforeEach(() => emptyDatabase(url));
afterEach(() => void vi.restoreAllMocks());

/** One for all: a server that an earlier test left behind may be the first to make keys in the emptied database. */
const SEALING_KEYS = randomBytes(32).toString('base64');

type AuthServer = Awaited<ReturnType<typeof startAuthServer>>;

/** Starts an auth server on an empty database, to which alice is added. */
async function start(at = url): Promise<AuthServer> {
  const server = await startAuthServer({
    DATABASE_URL: at,
    SEALING_KEYS,
  });
  await createAlice(url, 'wonderland');
  return server;
}

/** So many codes, for one browser. */
async function codesFor(server: AuthServer, count: number): Promise<string[]> {
  const browser = new UserAgent(server.issuer);
  const codes: string[] = [];
  while (codes.length < count) codes.push(await codeFor(server, thirdParty, {}, browser));
  return codes;
}

/** Has something done whenever an artifact is stored or deleted: in its statement, or when it is committed. */
async function meddle(
  what: string,
  at: 'statement' | 'commit' = 'statement',
  [event, row, model] = ['insert', 'new', 'RefreshToken'],
): Promise<void> {
  const trigger = at === 'statement' ? 'trigger' : 'constraint trigger';
  await atServer(
    `create function meddle() returns trigger language plpgsql as $$ begin ${what}; return null; end $$;
    create ${trigger} meddle after ${event} on artifacts ${at === 'commit' ? 'deferrable initially deferred' : ''}
    for each row when (${row}.model = '${model}') execute function meddle()`,
    url,
  );
}

const leaveAlone = () => atServer('drop function meddle() cascade', url);

const CUT_OFF = 'perform pg_terminate_backend(pg_backend_pid())';
const FULL_DISK = `raise exception using errcode = '53100'`;

/** The ways in which a token request is given what it is refused at first: with a code, and with a refresh token. */
const grants = {
  'a code': async (server: AuthServer) => {
    const code = await codeFor(server);
    return () => redeem(server, code);
  },
  'a refresh token': async (server: AuthServer) => {
    const { refresh_token } = await tokensFor(server);
    return () => refresh(server, refresh_token);
  },
};

async function expectOutage(answer: Response): Promise<void> {
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await answer.json()).toMatchObject({ error: 'temporarily_unavailable' });
}

/** How many rows there are. */
async function countOf(from: string): Promise<number> {
  const client = new Client(url);
  await client.connect();
  const { rowCount } = await client.query(`select from ${from}`);
  await client.end();
  return rowCount ?? 0;
}

/** How many connections hold a transaction that nobody works on. */
const idleInTransaction = () =>
  countOf(`pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`);

describe.each(Object.entries(grants))('%s can be used again', (_, ready) => {
  test.each([
    ['a connection that ends', CUT_OFF, 'statement'],
    ['a disk that is full', FULL_DISK, 'statement'],
    ['a connection that ends', CUT_OFF, 'commit'],
  ] as const)('after %s (%s, in the %s)', async (_what, does, at) => {
    const server = await start();
    const use = await ready(server);
    await meddle(does, at);
    await expectOutage(await use());
    await leaveAlone();
    expect(await isActive(server, (await tokensOf(await use())).access_token)).toBe(true);
    expect((await use()).status).toBe(400);
  });

  test('after the way to the database was cut in the middle', async () => {
    const relay = await startRelay(url);
    const server = await start(relay.url);
    const use = await ready(server);
    await meddle('perform pg_sleep(0.5)');
    const refused = use();
    await sleep(250);
    relay.cut();
    await expectOutage(await refused);
    await sleep(500);
    await leaveAlone();
    relay.mend();
    await tokensOf(await use());
  });

  test('after there was no answer in time', async () => {
    const server = await start();
    const use = await ready(server);
    await meddle('perform pg_sleep(0.5)');
    const original = fetch;
    const hurried = vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('X-Request-Timeout-Ms', '200');
      return original(input, { ...init, headers });
    });
    expect((await use()).status).toBe(504);
    hurried.mockRestore();
    await sleep(600);
    await leaveAlone();
    await tokensOf(await use());
  });
});

test('who has left before the answer keeps no connection', async () => {
  const server = await start();
  const codes = await codesFor(server, 12);
  await meddle('perform pg_sleep(0.3)');
  const original = fetch;
  vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) =>
    original(input, { ...init, signal: AbortSignal.timeout(150) }),
  );
  const left = await Promise.allSettled(codes.map((code) => redeem(server, code)));
  expect(left.filter(({ status }) => status === 'rejected')).toHaveLength(12);
  vi.restoreAllMocks();
  await leaveAlone();
  await expect.poll(idleInTransaction, { timeout: 5_000 }).toBe(0);
  await tokensFor(server);
});

test('a code that is used twice ends its grant, which is kept though the answer is a refusal', async () => {
  const server = await start();
  const code = await codeFor(server);
  const tokens = await tokensOf(await redeem(server, code));
  expect((await redeem(server, code)).status).toBe(400);
  expect(await isActive(server, tokens.access_token)).toBe(false);
  expect((await refresh(server, tokens.refresh_token)).status).toBe(400);
});

test('a grant that could not be ended is not recorded as ended', async () => {
  const server = await start();
  const code = await codeFor(server);
  await tokensOf(await redeem(server, code));
  await meddle(FULL_DISK, 'commit', ['delete', 'old', 'Grant']);
  await expectOutage(await redeem(server, code));
  const ended = () => countOf(`audit_log where action = 'grant_revoked'`);
  expect(await ended()).toBe(0);
  await leaveAlone();
  expect((await redeem(server, code)).status).toBe(400);
  expect(await ended()).toBe(1);
});

test('a user whose consent could not be kept sees a page that says so, and allows it again', async () => {
  const server = await start();
  const signIn = await new UserAgent(server.issuer).open(authorizationUrl(server.issuer, thirdParty));
  const consent = await signIn.press('Sign in', { username: 'alice', password: 'wonderland' });
  await meddle(FULL_DISK, 'commit', ['insert', 'new', 'Consent']);
  const failed = await consent.press('Allow');
  expect([failed.response.status, failed.html]).toEqual([503, expect.stringContaining('Try again later')]);
  await leaveAlone();
  expect(answerAt(await consent.press('Allow'))).toMatchObject({ code: expect.any(String) });
});

test('what writes nothing begins nothing', async () => {
  const server = await start();
  await server.requestToken();
  const begun = vi.spyOn(Kysely.prototype, 'startTransaction');
  const token = await accessToken(await server.requestToken());
  expect(await isActive(server, token)).toBe(true);
  expect(begun).not.toHaveBeenCalled();
  await tokensFor(server);
  expect(begun).toHaveBeenCalled();
});

test('more requests at once than there are connections do not wait for each other', async () => {
  const server = await start();
  const codes = await codesFor(server, 30);
  // Where all connections are open, none is waited for.
  await Promise.all(codes.map(() => redeem(server, 'none')));
  const started = performance.now();
  const answers = await Promise.all(codes.map((code) => redeem(server, code)));
  expect(answers.map(({ status }) => status)).toEqual(codes.map(() => 200));
  expect(performance.now() - started).toBeLessThan(2_000);
});

test('fifty requests that fail leave every connection free', async () => {
  const server = await start();
  const codes = await codesFor(server, 10);
  await meddle(FULL_DISK);
  for (let round = 0; round < 5; round += 1) {
    const answers = await Promise.all(codes.map((code) => redeem(server, code)));
    expect(answers.map(({ status }) => status)).toEqual(codes.map(() => 503));
  }
  expect(await idleInTransaction()).toBe(0);
  await leaveAlone();
  const answers = await Promise.all(codes.map((code) => redeem(server, code)));
  expect(answers.map(({ status }) => status)).toEqual(codes.map(() => 200));
});
