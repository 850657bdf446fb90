/** Tokens that do not authorize a call, and the challenges that say so (RFC 6750 §3.1). */
import type { Introspection } from 'guard';
import { expect, test } from 'vitest';
import { challengeOf, RESOURCE, startWithToken, tokenOf } from './resource-server.ts';

const resource_metadata = `${RESOURCE}/.well-known/oauth-protected-resource`;

test.each<[what: string, introspection: Introspection]>([
  ['inactive', { active: false }],
  ['for another API', tokenOf({ aud: 'https://other.example' })],
  ['for an API whose identifier begins like ours', tokenOf({ aud: `${RESOURCE}.example` })],
  ['for several other APIs', tokenOf({ aud: ['https://other.example', 'https://third.example'] })],
  ['for no API', tokenOf({ aud: undefined })],
  ['expired', tokenOf({ exp: Math.floor(Date.now() / 1000) - 1 })],
  ['a refresh token', tokenOf({ token_type: 'refresh_token' })],
  ['of an unknown type', tokenOf({ token_type: 'N_A' })],
  ['of an empty type', tokenOf({ token_type: '' })],
  ['a DPoP token whose key is not given', tokenOf({ token_type: 'DPoP' })],
  ["a client's own, with the client as its subject", tokenOf({ sub: '1234' })],
  ["a client's own, without a subject", tokenOf({ sub: undefined })],
])('a token that is %s is 401 invalid_token', async (_, introspection) => {
  const { getWithToken, asked } = await startWithToken(introspection);
  const response = await getWithToken('/current_time');
  expect(response.status).toBe(401);
  expect(challengeOf(response)).toEqual({
    error: 'invalid_token',
    error_description: expect.any(String),
    resource_metadata,
  });
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toEqual({
    type: 'about:blank',
    status: 401,
    title: 'Unauthorized',
    detail: expect.any(String),
    error: 'invalid_token',
    request_id: response.headers.get('x-request-id'),
  });
  expect(asked).toEqual(['a-token']);
});

test.each([
  ['with a slash at its end', `${RESOURCE}/`],
  ['in capitals', RESOURCE.toUpperCase()],
  ['beside another one', ['https://other.example', `${RESOURCE}/`]],
])('a token for this API, whose identifier is written %s, is accepted', async (_how, aud) => {
  const { getWithToken } = await startWithToken(tokenOf({ aud }));
  expect((await getWithToken('/current_time')).status).toBe(200);
});

test.each([undefined, 'Bearer', 'bearer', 'BEARER'])(
  'a token of the type %s is accepted',
  async (token_type) => {
    const { getWithToken } = await startWithToken(tokenOf({ token_type }));
    expect((await getWithToken('/current_time')).status).toBe(200);
  },
);

test.each<[what: string, scope: string | undefined]>([
  ['no scope', undefined],
  ['an empty scope', ''],
  ['the other scope', 'epoch_time'],
  ['scopes that only contain its name', 'current_time2 xcurrent_time'],
  ['the scope in capitals', 'CURRENT_TIME'],
])('a token with %s is 403 insufficient_scope, naming the scope', async (_, scope) => {
  const { getWithToken } = await startWithToken(tokenOf({ scope }));
  const response = await getWithToken('/current_time');
  expect(response.status).toBe(403);
  expect(challengeOf(response)).toEqual({
    error: 'insufficient_scope',
    error_description: expect.any(String),
    scope: 'current_time',
    resource_metadata,
  });
  expect(await response.json()).toMatchObject({
    status: 403,
    title: 'Forbidden',
    detail: expect.stringContaining('current_time'),
    error: 'insufficient_scope',
    scope: 'current_time',
  });
});

test('each endpoint needs the scope of its own name', async () => {
  const { getWithToken } = await startWithToken(tokenOf({ scope: 'current_time' }));
  const response = await getWithToken('/epoch_time');
  expect(response.status).toBe(403);
  expect(challengeOf(response)).toMatchObject({ error: 'insufficient_scope', scope: 'epoch_time' });
});

test('a token for another API is 401, and not 403 for its scope', async () => {
  const { getWithToken } = await startWithToken(tokenOf({ aud: 'https://other.example', scope: '' }));
  expect((await getWithToken('/current_time')).status).toBe(401);
});

test('the log has the client and the resource owner of a call that lacks the scope', async () => {
  const { getWithToken, lines } = await startWithToken(tokenOf({ scope: 'epoch_time' }));
  await getWithToken('/current_time');
  const line = lines.find(({ event }) => event === 'http.request');
  expect(line).toMatchObject({ status: 403, clientId: '1234', user: 'alice' });
});

test('a token is never logged', async () => {
  const { get, getWithToken, lines } = await startWithToken({ active: false });
  await getWithToken('/current_time', 'secret-token');
  await get('/current_time?access_token=secret-token');
  expect(lines.length).toBeGreaterThanOrEqual(2);
  expect(JSON.stringify(lines)).not.toContain('secret-token');
});
