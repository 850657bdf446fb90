/** The code flow of a first-party client, which shows no page and grants what the client asks for. */
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { expectRefusal, startAuthServer } from '../support/auth-server.ts';
import {
  answerAt,
  api,
  authorizationUrl,
  codeFor,
  firstParty,
  isActive,
  redeem,
  thirdParty,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

test('a browser is sent back with a code without seeing a page', async () => {
  const { issuer } = await startAuthServer();
  const end = await new UserAgent(issuer).open(authorizationUrl(issuer, firstParty));
  expect(answerAt(end, firstParty)).toEqual({ code: expect.any(String), state: 'the-state', iss: issuer });
});

test('the code is redeemed for a token for the API that lives five seconds', async () => {
  const server = await startAuthServer();
  const end = await new UserAgent(server.issuer).open(
    authorizationUrl(server.issuer, firstParty, { resource: api, scope: 'epoch_time' }),
  );
  const { code = '' } = answerAt(end, firstParty);
  const tokens = await tokensOf(await redeem(server, code, firstParty));
  expect(tokens).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: 5,
    scope: 'epoch_time',
  });
  const { iat = 0, exp = 0, ...claims } = decodeJwt(tokens.access_token);
  expect(claims).toMatchObject({ sub: 'bob', client_id: firstParty.id, aud: api, scope: 'epoch_time' });
  expect(exp - iat).toBe(5);
  expect(await isActive(server, tokens.access_token)).toBe(true);
});

test('the user is the one that the client names', async () => {
  const server = await startAuthServer();
  const { access_token } = await tokensFor(server, firstParty, { login_hint: 'alice' });
  expect(decodeJwt(access_token).sub).toBe('alice');
});

test('the user changes when the client names another user', async () => {
  const server = await startAuthServer();
  const browser = new UserAgent(server.issuer);
  const subjects = [];
  for (const login_hint of ['alice', 'carol', undefined]) {
    const { access_token } = await tokensFor(server, firstParty, { login_hint }, browser);
    subjects.push(decodeJwt(access_token).sub);
  }
  expect(subjects).toEqual(['alice', 'carol', 'carol']);
});

test('a user who signed in with a password stays signed in, whichever user the client names', async () => {
  const server = await startAuthServer();
  const browser = new UserAgent(server.issuer);
  await codeFor(server, thirdParty, {}, browser);
  const end = await browser.open(authorizationUrl(server.issuer, firstParty, { login_hint: 'carol' }));
  const { code = '' } = answerAt(end, firstParty);
  const { access_token } = await tokensOf(await redeem(server, code, firstParty));
  expect(decodeJwt(access_token).sub).toBe('alice');
  expect((await browser.open(authorizationUrl(server.issuer, thirdParty))).heading).not.toBe('Sign in');
});

test('signing out in one browser does not end the sessions of the same user in another', async () => {
  const server = await startAuthServer();
  const browsers = [new UserAgent(server.issuer), new UserAgent(server.issuer)] as const;
  const codes = [];
  for (const browser of browsers) codes.push(await codeFor(server, firstParty, {}, browser));
  const { access_token: other } = await tokensFor(server, firstParty, {}, browsers[1]);
  const signedOut = await (await browsers[0].open('/logout')).press('Sign out');
  expect(signedOut.heading).toBe('You are signed out');

  await expectRefusal(await redeem(server, codes[0] ?? '', firstParty), 400, 'invalid_grant');
  const { access_token } = await tokensOf(await redeem(server, codes[1] ?? '', firstParty));
  for (const token of [other, access_token]) {
    expect(decodeJwt(token).sub).toBe('bob');
    expect(await isActive(server, token)).toBe(true);
  }
});

test.each([
  ['that is no username', 'al'],
  ["that is the client's own id", firstParty.id],
  ["that is another client's id", thirdParty.id],
])('a client that names a user by a name %s is answered with the sign-in page', async (_what, login_hint) => {
  const { issuer } = await startAuthServer();
  const page = await new UserAgent(issuer).open(authorizationUrl(issuer, firstParty, { login_hint }));
  expect(page.heading).toBe('Sign in');
});

test('the request may be posted', async () => {
  const { issuer } = await startAuthServer();
  const { origin, pathname, searchParams } = authorizationUrl(issuer, firstParty);
  const request = { method: 'POST', body: searchParams };
  const end = await new UserAgent(issuer).open(origin + pathname, request);
  expect(answerAt(end, firstParty)).toHaveProperty('code');
});

test('each request without cookies begins a flow of its own', async () => {
  const server = await startAuthServer();
  const tokens = await Promise.all(Array.from({ length: 5 }, () => tokensFor(server, firstParty)));
  expect(new Set(tokens.map(({ access_token }) => decodeJwt(access_token).jti)).size).toBe(5);
  for (const { access_token } of tokens) expect(await isActive(server, access_token)).toBe(true);
});

test('a browser that was let in without a password has to sign in for a third-party client', async () => {
  const { issuer } = await startAuthServer();
  const browser = new UserAgent(issuer);
  answerAt(await browser.open(authorizationUrl(issuer, firstParty)), firstParty);
  const page = await browser.open(authorizationUrl(issuer, thirdParty));
  expect(page.heading).toBe('Sign in');
  const silent = await browser.open(authorizationUrl(issuer, thirdParty, { prompt: 'none' }));
  expect(answerAt(silent)).toMatchObject({ error: 'login_required' });
});

test.each(['openid', 'current_time email', 'admin'])(
  'the webapp is granted the scopes of the API and no others, not even %s',
  async (scope) => {
    const { issuer } = await startAuthServer();
    const end = await new UserAgent(issuer).open(authorizationUrl(issuer, firstParty, { scope }));
    expect(answerAt(end, firstParty)).toMatchObject({ error: 'invalid_scope', iss: issuer });
  },
);
