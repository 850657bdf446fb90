/** OpenID Connect: ID tokens and userinfo, with the claims that the scopes release. */
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, test } from 'vitest';
import { startAuthServer } from '../support/auth-server.ts';
import {
  agree,
  authorizationUrl,
  codeFor,
  isActive,
  refresh,
  thirdParty,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

const profile = {
  name: 'Alice Example',
  given_name: 'Alice',
  family_name: 'Example',
  preferred_username: 'alice',
};
const email = { email: 'alice@example.com', email_verified: false };

const cases: [scope: string, claims: object][] = [
  ['openid', {}],
  ['openid profile', profile],
  ['openid email', email],
  ['openid profile email', { ...profile, ...email }],
];

const userinfo = (issuer: string, token: string) =>
  fetch(`${issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } });

describe.each(cases)('%s', (scope, claims) => {
  test('gives an opaque token, with which userinfo answers exactly the claims of the scope', async () => {
    const server = await startAuthServer();
    const { access_token } = await tokensFor(server, thirdParty, { scope });
    expect(access_token).not.toContain('.');
    const response = await userinfo(server.issuer, access_token);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ sub: 'alice', ...claims });
  });

  test('gives an ID token with exactly the claims of the scope when the access token is for the API', async () => {
    const server = await startAuthServer();
    const { access_token, id_token } = await tokensFor(server, thirdParty, {
      scope: `${scope} current_time`,
      nonce: 'the-nonce',
    });
    expect(decodeJwt(access_token)).toMatchObject({ aud: 'http://localhost:5002' });
    const { iss, aud, sub, nonce, exp, iat, at_hash, auth_time, sid, ...told } = decodeJwt(id_token);
    expect(told).toEqual(claims);
    expect({ iss, aud, sub, nonce }).toEqual({
      iss: server.issuer,
      aud: thirdParty.id,
      sub: 'alice',
      nonce: 'the-nonce',
    });
    expect(decodeProtectedHeader(id_token)).toMatchObject({ alg: 'RS256', kid: expect.any(String) });
  });
});

test('a request without openid gives no ID token', async () => {
  expect(await tokensFor(await startAuthServer())).not.toHaveProperty('id_token');
});

describe('userinfo is refused', () => {
  test('without a token', async () => {
    const { issuer } = await startAuthServer();
    const response = await fetch(`${issuer}/userinfo`);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer\b/);
  });

  test('with a token whose grant has ended', async () => {
    const server = await startAuthServer();
    const { access_token, refresh_token } = await tokensFor(server, thirdParty, { scope: 'openid' });
    await server.revoke(refresh_token, thirdParty);
    expect((await userinfo(server.issuer, access_token)).status).toBe(401);
  });
});

test('an opaque token is revoked, and introspected by its client only', async () => {
  const server = await startAuthServer();
  const { access_token } = await tokensFor(server, thirdParty, { scope: 'openid' });
  const answer = await (await server.introspect(access_token, thirdParty)).json();
  expect(answer).toMatchObject({ active: true, sub: 'alice', scope: 'openid' });
  expect(await isActive(server, access_token)).toBe(false);
  expect((await server.revoke(access_token, thirdParty)).status).toBe(200);
  expect(await (await server.introspect(access_token, thirdParty)).json()).toEqual({ active: false });
  expect((await userinfo(server.issuer, access_token)).status).toBe(401);
});

test('a refresh gives a new ID token of the same user and time of sign-in', async () => {
  const server = await startAuthServer();
  const first = await tokensFor(server, thirdParty, { scope: 'openid', nonce: 'the-nonce', max_age: '100' });
  const second = await tokensOf(await refresh(server, first.refresh_token));
  const { sub, aud, auth_time } = decodeJwt(first.id_token);
  expect(decodeJwt(second.id_token)).toMatchObject({ sub, aud, auth_time });
});

test('no token, code or opaque id is ever logged', async () => {
  const server = await startAuthServer();
  const scope = 'openid';
  const code = await codeFor(server, thirdParty, { scope });
  const tokens = await tokensFor(server, thirdParty, { scope });
  await userinfo(server.issuer, tokens.access_token);
  await server.revoke(tokens.access_token, thirdParty);
  const log = JSON.stringify(server.lines);
  for (const secret of [code, tokens.access_token, tokens.refresh_token, 'wonderland']) {
    expect(log).not.toContain(secret);
  }
});

test('an id_token_hint for another user asks for a sign-in', async () => {
  const server = await startAuthServer();
  const { id_token } = await tokensFor(server, thirdParty, { scope: 'openid' });
  const browser = new UserAgent(server.issuer);
  const ask = (parameters = {}) => browser.open(authorizationUrl(server.issuer, thirdParty, parameters));
  await agree(await ask(), 'carol');
  expect((await ask({ scope: 'openid current_time', id_token_hint: id_token })).heading).toBe('Sign in');
});
