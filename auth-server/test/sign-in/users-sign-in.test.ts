/** Users of our own at the front door: all refusals are alike, and a flood of sign-ins is an outage and no refusal. */
import { randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import { describe, expect, test, vi } from 'vitest';
import { databaseDirectory } from '../../src/core/sign-in/database-directory.ts';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { throttleLogins } from '../../src/core/throttle/login-throttle.ts';
import { createUser } from '../../src/core/users/create-user.ts';
import { argon2Passwords } from '../../src/stores/argon2-passwords.ts';
import { memoryAttempts } from '../../src/stores/memory/attempts.ts';
import { memoryUsers } from '../../src/stores/memory/users.ts';
import { accessToken, startAuthServer } from '../support/auth-server.ts';
import { agree, answerAt, authorizationUrl, redeem, thirdParty, tokensOf } from '../support/code-flow.ts';
import { done } from '../support/results.ts';
import { UserAgent } from '../support/user-agent.ts';

const PASSWORD = 'correct horse battery staple';

async function start({ memoryKiB = 16, maxWaiting = 1_000 } = {}) {
  const store = memoryUsers();
  const hasher = argon2Passwords({ memoryKiB, passes: 1, parallelism: 1, concurrency: 1, maxWaiting });
  const throttle = throttleLogins(memoryAttempts(), randomBytes(32));
  const users = databaseDirectory({ store, hasher, throttle, rehashFailed: () => {} });
  const create = async (username: string) => {
    const created = await createUser(store, hasher, {
      username,
      password: PASSWORD,
      displayName: 'Alice Liddell',
      email: undefined,
      emailVerified: false,
      roles: ['user'],
    });
    return done(created);
  };
  const alice = await create('alice');
  const server = await startAuthServer({}, { users });
  const signIn = (username: string, password: string) => server.requestToken({ username, password });
  return { ...server, store, throttle, create, alice, signIn };
}

async function answerOf(response: Response) {
  const { date: _date, 'x-request-id': _id, ...headers } = Object.fromEntries(response.headers);
  return { status: response.status, headers, body: await response.text() };
}

test('a token is of the id of its user, however the name was typed', async () => {
  const { signIn, alice } = await start();
  expect(decodeJwt(await accessToken(await signIn('ALICE', PASSWORD))).sub).toBe(alice.id);
});

test('a wrong password, an unknown, a disabled and a locked user are refused in the same words', async () => {
  const { signIn, store, create } = await start();
  const [bob] = [await create('bob'), await create('carol')];
  await store.update(bob.id, 1, { status: 'disabled' });
  for (let nth = 0; nth < 10; nth += 1) await signIn('carol', 'another');
  const wrong = await answerOf(await signIn('alice', 'another'));
  expect(wrong.status).toBe(400);
  expect(JSON.parse(wrong.body)).toMatchObject({ error: 'invalid_grant' });
  expect(await answerOf(await signIn('nobody', PASSWORD))).toEqual(wrong);
  expect(await answerOf(await signIn('bob', PASSWORD))).toEqual(wrong);
  expect(await answerOf(await signIn('carol', PASSWORD))).toEqual(wrong);
});

test('a user signs in on the page, and clients see the claims that they may', async () => {
  const { issuer, alice, ...server } = await start();
  const page = await new UserAgent(issuer).open(
    authorizationUrl(issuer, thirdParty, { scope: 'openid profile' }),
  );
  const refused = await page.press('Sign in', { username: 'alice', password: 'another' });
  expect(refused.alert).toBe('The username or password is incorrect. Try again.');
  const answered = await agree(await page.press('Sign in', { username: 'alice', password: PASSWORD }));
  const { code = '' } = answerAt(answered);
  const tokens = await tokensOf(await redeem({ issuer, ...server }, code));
  const userinfo = await fetch(`${issuer}/userinfo`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  expect(await userinfo.json()).toEqual({
    sub: alice.id,
    name: 'Alice Liddell',
    preferred_username: 'alice',
  });
});

describe('what cannot be done now is no refusal:', () => {
  const expectOutage = (response: Response) => {
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
  };

  test('a flood of sign-ins is 503 with Retry-After, but for those whose turn comes', async () => {
    const { signIn, issuer } = await start({ memoryKiB: 8_192, maxWaiting: 4 });
    const flood = Array.from({ length: 40 }, () => signIn('alice', PASSWORD));
    const live = await fetch(`${issuer}/health/live`);
    const answers = await Promise.all(flood);
    expect(live.status).toBe(200);
    const sentAway = answers.filter(({ status }) => status !== 200);
    expect(sentAway.length).toBeGreaterThan(10);
    expect(sentAway.length).toBeLessThan(40);
    for (const answer of sentAway) expectOutage(answer);
  });

  test('at the token endpoint, when the store of users is away', async () => {
    const { signIn, store, lines } = await start();
    vi.spyOn(store, 'findByUsername').mockRejectedValue(new StoreUnavailable('away'));
    const response = await signIn('alice', PASSWORD);
    expectOutage(response);
    expect(await response.json()).toMatchObject({ error: 'temporarily_unavailable' });
    expect(JSON.stringify(lines)).not.toContain(PASSWORD);
  });

  test('on the page, when the counts of guesses are away', async () => {
    const { issuer, throttle, lines } = await start();
    const page = await new UserAgent(issuer).open(authorizationUrl(issuer, thirdParty));
    vi.spyOn(throttle, 'admit').mockRejectedValue(new StoreUnavailable('away'));
    const { response } = await page.press('Sign in', { username: 'alice', password: PASSWORD });
    expectOutage(response);
    expect(JSON.stringify(lines)).not.toContain(PASSWORD);
  });
});
