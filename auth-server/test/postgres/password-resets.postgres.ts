/** A password that is reset, or a user who is disabled, ends all that was given before, however much that is. */
import { randomUUID } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { Client as PgClient } from 'pg';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openDatabase } from '../../src/stores/postgres/database.ts';
import { emptyDatabase } from '../stores/empty-database.ts';
import { authorizationUrl, redeem, thirdParty } from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';
import { createDatabase } from './support/server.ts';
import { PASSWORD, startWithUsers, type WithUsers } from './support/with-users.ts';

/** How many sessions a thief has made. */
const MANY = 10_000;

/** How long a request of the admin API may take, in milliseconds. */
const DEADLINE_MS = 5_000;

const NEXT = 'another good one';

const created = createDatabase();
let url: string;
beforeAll(async () => {
  url = await created;
});
beforeEach(() => emptyDatabase(url));
afterEach(() => void vi.restoreAllMocks());

/** The rows of a query, on a connection of its own. */
async function ask<Row>(query: RawBuilder<Row>): Promise<Row[]> {
  const database = openDatabase(url, { connections: 1, statementMs: 60_000 });
  try {
    return (await query.execute(database)).rows;
  } finally {
    await database.destroy();
  }
}

/** So many sessions of a user, each with a grant and a refresh token of its own. */
async function makeSessions(user: string, count: number): Promise<void> {
  const seconds = sql`extract(epoch from now())::int`;
  const rows = {
    Session: sql`json_build_object('uid', 'uid-' || n, 'accountId', ${user}::text, 'loginTs', ${seconds},
      'iat', ${seconds}, 'exp', ${seconds} + 86400, 'kind', 'Session',
      'authorizations', json_build_object('console', json_build_object('sid', 'sid-' || n, 'grantId', 'grant-' || n)))`,
    Grant: sql`json_build_object('jti', 'grant-' || n, 'accountId', ${user}::text, 'clientId', 'console', 'kind', 'Grant',
      'iat', ${seconds}, 'exp', ${seconds} + 86400, 'openid', json_build_object('scope', 'openid'))`,
    RefreshToken: sql`json_build_object('grantId', 'grant-' || n, 'accountId', ${user}::text, 'kind', 'RefreshToken')`,
  };
  for (const [model, payload] of Object.entries(rows)) {
    await ask(sql`
      insert into artifacts (model, id, payload, uid, account_id, client_id, grant_id, expires_at, created_at)
      select ${model}::text, case when ${model}::text = 'Grant' then 'grant-' || n else 'id-' || n end, ${payload},
        case when ${model}::text = 'Session' then 'uid-' || n end, ${user}::text, 'console',
        case when ${model}::text = 'RefreshToken' then 'grant-' || n end,
        now() + interval '1 day', now() - n * interval '1 second'
      from generate_series(1, ${count}::int) n`);
  }
}

/** How many artifacts of each model a user has. */
async function kept(user: string): Promise<Record<string, number>> {
  const rows = await ask(sql<{ model: string; count: number }>`
    select model, count(*)::int as count from artifacts where account_id = ${user} and model <> 'EndedSession'
    group by model`);
  return Object.fromEntries(rows.map(({ model, count }) => [model, count]));
}

/** Whether a browser need not sign in. */
async function isSignedIn(server: WithUsers, browser: UserAgent): Promise<boolean> {
  return (await browser.open(authorizationUrl(server.issuer, thirdParty))).heading !== 'Sign in';
}

/** Whether alice can sign in with a password. */
async function opens(server: WithUsers, password: string): Promise<boolean> {
  const page = await new UserAgent(server.issuer).open(authorizationUrl(server.issuer, thirdParty));
  const next = await page.press('Sign in', { username: 'alice', password });
  return next.heading !== 'Sign in';
}

const reset = ({ call, alice }: WithUsers) =>
  call('PUT', `/users/${alice}/password`, { body: { password: NEXT } });

const disable = async ({ call, alice }: WithUsers) => {
  const headers = { 'if-match': String((await call('GET', `/users/${alice}`)).headers.get('etag')) };
  return call('PATCH', `/users/${alice}`, { body: { status: 'disabled' }, headers });
};

const acts = { 'a reset password': reset, 'a disabled user': disable };

describe.each(Object.entries(acts))('%s', (_name, act) => {
  test(`ends ${MANY} sessions with all that was granted in them, in time`, async () => {
    const server = await startWithUsers(url);
    const thief = new UserAgent(server.issuer);
    await server.consoleTokens(thief);
    await makeSessions(server.alice, MANY);
    const started = performance.now();
    expect((await act(server)).status).toBeLessThan(300);
    expect(performance.now() - started).toBeLessThan(DEADLINE_MS);
    expect(await kept(server.alice)).toEqual({});
    expect(await isSignedIn(server, thief)).toBe(false);
    expect(await opens(server, PASSWORD)).toBe(false);
    const listed = await server.call('GET', `/users/${server.alice}/sessions`);
    expect(await listed.json()).toMatchObject({ items: [] });
  }, 60_000);

  test('takes as many statements for a thousand sessions as for ten', async () => {
    const counts: number[] = [];
    for (const count of [10, 1_000]) {
      await emptyDatabase(url);
      const server = await startWithUsers(url);
      await makeSessions(server.alice, count);
      const query = vi.spyOn(PgClient.prototype, 'query');
      expect((await act(server)).status).toBeLessThan(300);
      counts.push(query.mock.calls.length);
      query.mockRestore();
    }
    // Those of connections that were opened meanwhile are among them, and of whatever goes on beside.
    expect(Math.max(...counts)).toBeLessThan(60);
  }, 60_000);

  test.each(['statement', 'commit'])('that fails in the %s changes nothing at all', async (at) => {
    const server = await startWithUsers(url);
    const browser = new UserAgent(server.issuer);
    await server.consoleTokens(browser);
    const before = await kept(server.alice);
    const deferred = at === 'commit' ? 'constraint trigger' : 'trigger';
    await ask(sql`
      create function fail() returns trigger language plpgsql as $$
      begin raise exception using errcode = '53100'; end $$`);
    await ask(
      sql.raw(`create ${deferred} fail after delete on artifacts
        ${at === 'commit' ? 'deferrable initially deferred' : ''}
        for each row when (old.model = 'Session') execute function fail()`),
    );
    expect((await act(server)).status).toBe(503);
    expect(await kept(server.alice)).toEqual(before);
    expect(await opens(server, NEXT)).toBe(false);
    expect(await opens(server, PASSWORD)).toBe(true);
    expect(await isSignedIn(server, browser)).toBe(true);
    await ask(sql`drop function fail() cascade`);
    expect((await act(server)).status).toBeLessThan(300);
    expect(await isSignedIn(server, browser)).toBe(false);
  });
});

describe('users who change their password', () => {
  const change = (server: WithUsers, token: string) =>
    server.call('PUT', '/me/password', {
      body: { current_password: PASSWORD, new_password: NEXT },
      token,
    });

  test(`keep the session and the grant by which they do, and none of ${MANY} others`, async () => {
    const server = await startWithUsers(url);
    const [own, thief] = [new UserAgent(server.issuer), new UserAgent(server.issuer)];
    await server.consoleTokens(own);
    // To the same client, which is granted things once and for all browsers.
    await server.consoleTokens(thief);
    await makeSessions(server.alice, MANY);
    const { access_token } = await server.consoleTokens(own);
    const started = performance.now();
    expect((await change(server, access_token)).status).toBe(204);
    expect(performance.now() - started).toBeLessThan(DEADLINE_MS);
    expect(await isSignedIn(server, own)).toBe(true);
    expect(await isSignedIn(server, thief)).toBe(false);
    const grants = await ask(sql`
      select from artifacts where model = 'Grant' and account_id = ${server.alice} and id not like 'grant-%'`);
    expect(grants).toHaveLength(1);
    expect(await kept(server.alice)).toMatchObject({ Session: 1 });
    // What the token was granted goes on: it is neither asked for nor signed in to again.
    expect((await server.consoleTokens(own)).scope).toBe('profile:read profile:write');
    expect([await opens(server, PASSWORD), await opens(server, NEXT)]).toEqual([false, true]);
  }, 60_000);
});

test('a user has a thousand sessions at most: who signs in once more loses the oldest', async () => {
  const server = await startWithUsers(url);
  await makeSessions(server.alice, 1_200);
  const browser = new UserAgent(server.issuer);
  await server.consoleTokens(browser);
  const rows = await ask(sql<{ uid: string }>`
    select uid from artifacts where model = 'Session' and account_id = ${server.alice} order by created_at desc`);
  expect(rows).toHaveLength(1_000);
  // Number 1 is the newest of those that were there.
  expect(rows.slice(1).map(({ uid }) => uid)).toEqual(rows.slice(1).map((_row, index) => `uid-${index + 1}`));
  expect(await isSignedIn(server, browser)).toBe(true);
}, 60_000);

test('a code that was under way when the password was reset is of no use', async () => {
  const server = await startWithUsers(url);
  const browser = new UserAgent(server.issuer);
  await server.consoleTokens(browser);
  const page = await browser.open(authorizationUrl(server.issuer, thirdParty, { prompt: 'consent' }));
  const { target } = await page.press('Allow');
  expect((await reset(server)).status).toBe(204);
  const code = target?.searchParams.get('code') ?? randomUUID();
  expect((await redeem(server, code)).status).toBe(400);
});

test.each([
  ['was changed', sql`update users set password_hash = password_hash || '.'`],
  ['is of a user who was disabled', sql`update users set status = 'disabled'`],
])('a sign-in does not become a session when its password %s before', async (_how, change) => {
  const server = await startWithUsers(url);
  const browser = new UserAgent(server.issuer);
  const page = await browser.open(authorizationUrl(server.issuer, thirdParty));
  const { action, fields } = page.form('Sign in', { username: 'alice', password: PASSWORD });
  const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const body = new URLSearchParams(fields);
  const signIn = await fetch(action, { method: 'POST', redirect: 'manual', headers: { cookie }, body });
  expect(signIn.status).toBe(303);
  await ask(change);
  const end = await browser.open(signIn.headers.get('location') ?? '');
  expect(end.target?.searchParams.get('code') ?? null).toBeNull();
  expect(end.heading ?? '').not.toMatch(/^Allow/);
  expect(await kept(server.alice)).not.toHaveProperty('Session');
  expect(await isSignedIn(server, browser)).toBe(false);
});

test('whoever signs in with the old password while it is reset is not left signed in', async () => {
  for (let round = 0; round < 2; round += 1) {
    await emptyDatabase(url);
    const server = await startWithUsers(url);
    const browsers: UserAgent[] = [];
    let stopping = false;
    const thieves = Array.from({ length: 6 }, async () => {
      while (!stopping) {
        const browser = new UserAgent(server.issuer);
        browsers.push(browser);
        const page = await browser.open(authorizationUrl(server.issuer, thirdParty));
        await page.press('Sign in', { username: 'alice', password: PASSWORD });
      }
    });
    await expect.poll(() => browsers.length, { timeout: 20_000 }).toBeGreaterThan(18);
    expect((await reset(server)).status).toBe(204);
    const before = browsers.length;
    await expect.poll(() => browsers.length, { timeout: 20_000 }).toBeGreaterThan(before);
    stopping = true;
    await Promise.all(thieves);
    const signedIn = await Promise.all(browsers.map((browser) => isSignedIn(server, browser)));
    expect(signedIn.filter(Boolean)).toEqual([]);
    expect(await kept(server.alice)).not.toHaveProperty('Session');
  }
}, 90_000);
