/** The code flow of a first-party client: no page, and access to what it asks for at once. */
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

test('the user is who the client says', async () => {
  const server = await startAuthServer();
  const { access_token } = await tokensFor(server, firstParty, { login_hint: 'alice' });
  expect(decodeJwt(access_token).sub).toBe('alice');
});

test('the user changes when the client says that it is somebody else', async () => {
  const server = await startAuthServer();
  const browser = new UserAgent(server.issuer);
  const subjects = [];
  for (const login_hint of ['alice', 'carol', undefined]) {
    const { access_token } = await tokensFor(server, firstParty, { login_hint }, browser);
    subjects.push(decodeJwt(access_token).sub);
  }
  expect(subjects).toEqual(['alice', 'carol', 'carol']);
});

test('who proved who they are stays who they are, whatever a link of the client says', async () => {
  const server = await startAuthServer();
  const browser = new UserAgent(server.issuer);
  await codeFor(server, thirdParty, {}, browser);
  const end = await browser.open(authorizationUrl(server.issuer, firstParty, { login_hint: 'carol' }));
  const { code = '' } = answerAt(end, firstParty);
  const { access_token } = await tokensOf(await redeem(server, code, firstParty));
  expect(decodeJwt(access_token).sub).toBe('alice');
  expect((await browser.open(authorizationUrl(server.issuer, thirdParty))).heading).not.toBe('Sign in');
});

test('signing out in one browser does not end what the same user began in another', async () => {
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
  ['is none', 'al'],
  ["is the client's, who could pass for it", firstParty.id],
  ["is another client's", thirdParty.id],
])('a name that %s is asked about on the sign-in page', async (_what, login_hint) => {
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

test('each request without cookies is a flow of its own', async () => {
  const server = await startAuthServer();
  const tokens = await Promise.all(Array.from({ length: 5 }, () => tokensFor(server, firstParty)));
  expect(new Set(tokens.map(({ access_token }) => decodeJwt(access_token).jti)).size).toBe(5);
  for (const { access_token } of tokens) expect(await isActive(server, access_token)).toBe(true);
});

test('a browser that was let in without a password is not signed in for a third party', async () => {
  const { issuer } = await startAuthServer();
  const browser = new UserAgent(issuer);
  answerAt(await browser.open(authorizationUrl(issuer, firstParty)), firstParty);
  const page = await browser.open(authorizationUrl(issuer, thirdParty));
  expect(page.heading).toBe('Sign in');
  const silent = await browser.open(authorizationUrl(issuer, thirdParty, { prompt: 'none' }));
  expect(answerAt(silent)).toMatchObject({ error: 'login_required' });
});

test.each(['openid', 'current_time email', 'admin'])(
  'the webapp is granted the endpoints and nothing else, not even %s',
  async (scope) => {
    const { issuer } = await startAuthServer();
    const end = await new UserAgent(issuer).open(authorizationUrl(issuer, firstParty, { scope }));
    expect(answerAt(end, firstParty)).toMatchObject({ error: 'invalid_scope', iss: issuer });
  },
);
