/** Auth servers that share a database act as one issuer, whichever of them answers. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { sql } from 'kysely';
import { beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/stores/postgres/database.ts';
import { emptyDatabase } from '../stores/empty-database.ts';
import { accessToken, expectRefusal, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import {
  agree,
  answerAt,
  authorizationUrl,
  type CodeClient,
  cli,
  cliRegistration,
  codeFor,
  confirmDevice,
  isActive,
  postAs,
  redeem,
  refresh,
  type Tokens,
  thirdParty,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { begin } from '../support/device.ts';
import { UserAgent } from '../support/user-agent.ts';
import { startRelay } from './support/relay.ts';
import { createDatabase } from './support/server.ts';

const created = createDatabase();
let url: string;
beforeAll(async () => {
  url = await created;
});

/** So that there is an alice. */
const DEMO_USERS = { USER_DIRECTORY: 'accept-anyone' };

/** The issuer of all replicas; the tests reach each replica at an address of its own. */
const ISSUER = 'http://issuer.example';

const SEALING_KEYS = randomBytes(32).toString('base64');

/** Starts two replicas at the same time on an empty database. */
async function startTwo(settings: Record<string, string> = {}) {
  await emptyDatabase(url);
  const environment = { ...DEMO_USERS, DATABASE_URL: url, SEALING_KEYS, ISSUER, ...settings };
  return Promise.all([startAuthServer(environment), startAuthServer(environment)]);
}

test('replicas that start at once on an empty database have the same keys', async () => {
  const [one, other] = await startTwo();
  const keys = await Promise.all(
    [one, other].map(async ({ issuer }) => (await fetch(`${issuer}/jwks`)).json()),
  );
  expect(keys[0]).toEqual(keys[1]);
  expect((keys[0] as { keys: unknown[] }).keys).toHaveLength(2);
});

describe('what one replica has issued:', () => {
  test('a code is redeemed at the other, and the token is active at both', async () => {
    const [one, other] = await startTwo();
    const tokens = await tokensOf(await redeem(other, await codeFor(one)));
    expect([await isActive(one, tokens.access_token), await isActive(other, tokens.access_token)]).toEqual([
      true,
      true,
    ]);
  });

  test('a token is revoked at the other, and is at once inactive at both', async () => {
    const [one, other] = await startTwo();
    const token = await accessToken(await one.requestToken());
    expect(await isActive(one, token)).toBe(true);
    expect((await other.revoke(token)).status).toBe(200);
    expect([await isActive(one, token), await isActive(other, token)]).toEqual([false, false]);
  });

  test('a browser that signed in there is signed in at the other', async () => {
    const [one, other] = await startTwo();
    const browser = new UserAgent(one.issuer);
    await agree(await browser.open(authorizationUrl(one.issuer, thirdParty)));
    // The browser sends both the same cookies, because cookies ignore ports.
    const page = await browser.open(authorizationUrl(other.issuer, thirdParty, { prompt: 'none' }));
    expect(answerAt(page)).toMatchObject({ code: expect.any(String) });
  });

  test('a device that polls both of them without waiting is slowed down, and is told the decision at once', async () => {
    const [one, other] = await startTwo();
    const { device, poll, browser } = await begin(one, thirdParty);
    await expectRefusal(await poll(), 400, 'authorization_pending');
    const pollOther = () =>
      postAs(other, thirdParty, '/token', {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        device_code: device.device_code,
      });
    await expectRefusal(await pollOther(), 400, 'slow_down');
    await expectRefusal(await poll(), 400, 'slow_down');
    await agree(await confirmDevice(await browser.open(`/device?user_code=${device.user_code}`)));
    const tokens = await tokensOf(await pollOther());
    expect(await isActive(one, tokens.access_token)).toBe(true);
  });

  test('all of it outlives both', async () => {
    const [one, other] = await startTwo();
    const first = await tokensFor(one);
    const later = await startAuthServer({ ...DEMO_USERS, DATABASE_URL: url, SEALING_KEYS, ISSUER });
    const second = await tokensOf(await refresh(later, first.refresh_token));
    expect(await isActive(other, second.access_token)).toBe(true);
  });
});

/** Ten calls at once, of two replicas in turn. */
function tenAtOnce<Server, Answer>(
  servers: Server[],
  call: (server: Server) => Promise<Answer>,
): Promise<Answer[]> {
  return Promise.all(Array.from({ length: 10 }, (_, index) => call(servers[index % 2] as Server)));
}

describe('of ten callers at once', () => {
  test('one redeems a code, and its tokens end because the others tried too', async () => {
    const servers = await startTwo();
    const code = await codeFor(servers[0]);
    const answers = await tenAtOnce(servers, (server) => redeem(server, code));
    const granted = answers.filter(({ ok }) => ok);
    expect(granted.length).toBeLessThanOrEqual(1);
    for (const answer of answers.filter(({ ok }) => !ok))
      expect(await answer.json()).toMatchObject({ error: 'invalid_grant' });
    const tokens = (await granted[0]?.json()) as Tokens | undefined;
    if (tokens) expect(await isActive(servers[1], tokens.access_token)).toBe(false);
  });

  test('at most one rotates a refresh token when there is no overlap, and the family ends', async () => {
    const servers = await startTwo({ REFRESH_TOKEN_OVERLAP_SECONDS: '0', ...(await withCli()) });
    const { refresh_token } = await tokensFor(servers[0], cli);
    const answers = await tenAtOnce(servers, (server) => refresh(server, refresh_token, cli));
    const granted = answers.filter(({ ok }) => ok);
    expect(granted.length).toBeLessThanOrEqual(1);
    const tokens = (await granted[0]?.json()) as Tokens | undefined;
    if (tokens) expect((await refresh(servers[1], tokens.refresh_token, cli)).status).toBe(400);
  });
});

const withCli = async () => ({ CLIENTS_FILE: await temporaryFile([cliRegistration]) });

describe.each<[string, CodeClient]>([
  ['a confidential client', thirdParty],
  ['a public client', cli],
])('the refresh token of %s', (_who, client) => {
  test('refreshes six times at once at two replicas, and then goes on with any of the answers', async () => {
    const servers = await startTwo(await withCli());
    const { refresh_token } = await tokensFor(servers[0], client);
    const six = Array.from({ length: 6 }, (_, index) => servers[index % 2 === 0 ? 0 : 1]);
    // Each request has a connection of its own, since none of them is over when the next one comes.
    const answers = await Promise.all(six.map((server) => refresh(server, refresh_token, client)));
    const tokens = await Promise.all(answers.map(tokensOf));
    for (const { access_token } of tokens) expect(await isActive(servers[1], access_token)).toBe(true);
    for (const next of tokens) await tokensOf(await refresh(servers[0], next.refresh_token, client));
  });
});

test('the refresh token of a public client ends its grant when it is used again after the overlap', async () => {
  const servers = await startTwo({ REFRESH_TOKEN_OVERLAP_SECONDS: '2', ...(await withCli()) });
  const first = await tokensFor(servers[0], cli);
  const second = await tokensOf(await refresh(servers[0], first.refresh_token, cli));
  await tokensOf(await refresh(servers[1], first.refresh_token, cli));
  await sleep(2_100);
  expect((await refresh(servers[1], first.refresh_token, cli)).status).toBe(400);
  expect((await refresh(servers[0], second.refresh_token, cli)).status).toBe(400);
});

test('a refused refresh leaves no token behind', async () => {
  const [server] = await startTwo(await withCli());
  const { refresh_token } = await tokensFor(server, cli);
  const database = openDatabase(url, { connections: 1 });
  const stored = async () =>
    (await sql`select id, consumed_at from artifacts where model = 'RefreshToken'`.execute(database)).rows;
  const before = await stored();
  const refused = await refresh(server, refresh_token, cli, { resource: 'https://other.example' });
  expect(refused.status).toBe(400);
  expect(await stored()).toEqual(before);
  await tokensOf(await refresh(server, refresh_token, cli));
  expect(await stored()).toHaveLength(2);
  await database.destroy();
});

/** Makes the keys so old that they are replaced in two seconds. */
async function ageKeys(): Promise<void> {
  const database = openDatabase(url, { connections: 1 });
  await sql`update signing_keys set signs_from = signs_from - interval '1 day' + interval '8 seconds'`.execute(
    database,
  );
  await database.destroy();
}

test('keys are rotated under load, and not one token fails to verify at either replica', async () => {
  const servers = await startTwo({ KEY_PUBLISH_SECONDS: '6', KEY_ROTATION_DAYS: '1' });
  const [one, other] = servers;
  const keySets = servers.map(({ issuer }) =>
    createRemoteJWKSet(new URL(`${issuer}/jwks`), { cooldownDuration: 0, cacheMaxAge: 1_000 }),
  );
  const kids = new Set<string>();
  await ageKeys();
  for (let round = 0; round < 90; round += 1) {
    const server = round % 2 === 0 ? one : other;
    const token = await accessToken(await server.requestToken());
    kids.add(String(decodeProtectedHeader(token).kid));
    for (const keySet of keySets) await jwtVerify(token, keySet, { typ: 'at+jwt' });
    expect(await Promise.all(servers.map((each) => isActive(each, token)))).toEqual([true, true]);
    await sleep(200);
  }
  expect(kids.size).toBe(2);
}, 60_000);

describe('while the database is away', () => {
  test('replicas answer 503 with Retry-After, and as before when it is back', async () => {
    await emptyDatabase(url);
    const relay = await startRelay(url);
    const server = await startAuthServer({ ...DEMO_USERS, DATABASE_URL: relay.url, SEALING_KEYS });
    const code = await codeFor(server);
    relay.cut();
    const refused = await redeem(server, code);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await fetch(`${server.issuer}/health/ready`)).status).toBe(503);
    const token = await accessToken(await server.requestToken());
    expect((await server.introspect(token)).status).toBe(503);
    expect((await server.revoke(token)).status).toBe(503);
    relay.mend();
    expect((await fetch(`${server.issuer}/health/ready`)).status).toBe(200);
    const tokens = await tokensOf(await redeem(server, code));
    expect(await isActive(server, tokens.access_token)).toBe(true);
  });

  test('a server starts, says that it is not ready, and becomes ready by itself', async () => {
    await emptyDatabase(url);
    const relay = await startRelay(url);
    relay.cut();
    const server = await startAuthServer({ ...DEMO_USERS, DATABASE_URL: relay.url, SEALING_KEYS });
    const waiting = await fetch(`${server.issuer}/jwks`);
    expect([waiting.status, waiting.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await fetch(`${server.issuer}/health/live`)).status).toBe(200);
    expect(await (await fetch(`${server.issuer}/health/ready`)).json()).toMatchObject({
      dependencies: { database: 'down' },
    });
    relay.mend();
    await expect
      .poll(async () => (await fetch(`${server.issuer}/health/ready`)).status, { timeout: 5_000 })
      .toBe(200);
    expect((await server.requestToken()).status).toBe(200);
  });
});
