/** The code flow of a first-party client: no page, and access to what it asks for at once. */
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { startAuthServer } from './auth-server.ts';
import {
  answerAt,
  api,
  authorizationUrl,
  firstParty,
  isActive,
  redeem,
  thirdParty,
  tokensFor,
  tokensOf,
} from './code-flow.ts';
import { UserAgent } from './user-agent.ts';

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
