/** Bearer tokens (RFC 6750): how they are presented, and every challenge of §3, in each framework. */
import type { Introspection, Need } from 'guard';
import { describe, expect, test } from 'vitest';
import { METADATA_URL, RESOURCE, startApi, tokenOf } from './api-under-test.ts';
import { frameworks } from './frameworks.ts';

const resource_metadata = METADATA_URL;
const error_description = expect.any(String);

describe.each(frameworks)('in %s', (_, start) => {
  test('§2.1: a good token passes, and the API knows its caller', async () => {
    const { getWithToken, asked } = await startApi(start, tokenOf({ scope: 'read write' }));
    const { status, body } = await getWithToken('azAZ09-._~+/==');
    expect(status).toBe(200);
    expect(body).toEqual({ user: 'alice', clientId: 'app', scopes: ['read', 'write'], actors: [] });
    expect(asked).toEqual(['azAZ09-._~+/==']);
  });

  test.each(['bearer', 'BEARER'])('§2.1: the scheme may be written %s', async (scheme) => {
    const { get } = await startApi(start);
    expect((await get({ authorization: `${scheme} a-token` })).status).toBe(200);
  });

  test.each<[what: string, headers: Record<string, string>]>([
    ['no Authorization header', {}],
    ['an empty one', { authorization: '' }],
    ['another scheme', { authorization: `Basic ${btoa('alice:wonderland')}` }],
    ['a scheme that only begins like Bearer', { authorization: 'BearerToken a-token' }],
    ['a scheme with a property of every object as its name', { authorization: '__proto__ a-token' }],
  ])('§3.1: %s gets a challenge for each scheme, without an error code', async (_what, headers) => {
    const { get, asked, passed } = await startApi(start);
    const { status, challenges, body, headers: answered } = await get(headers);
    expect(status).toBe(401);
    expect(challenges).toEqual([
      { scheme: 'Bearer', resource_metadata },
      { scheme: 'DPoP', algs: expect.any(String), resource_metadata },
    ]);
    expect(answered.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answered.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Unauthorized',
      status: 401,
      detail: 'This API needs an access token.',
    });
    expect([asked, passed]).toEqual([[], []]);
  });

  test.each([
    ['no token', {}, [{ scheme: 'Bearer' }, { scheme: 'DPoP' }]],
    ['a malformed token', { authorization: 'Bearer a,b' }, [{ scheme: 'Bearer', error: 'invalid_token' }]],
    [
      'a token that is not active',
      { authorization: 'Bearer a' },
      [{ scheme: 'Bearer', error: 'invalid_token' }],
    ],
  ])('§3: %s is told all scopes that the call needs, so that a client asks for no more', async (...row) => {
    const [, headers, expected] = row as [string, Record<string, string>, object[]];
    const scope = 'read write';
    const { get } = await startApi(
      start,
      { active: false },
      { scope },
      { scopes: ['read', 'write', 'delete'] },
    );
    const { status, challenges } = await get(headers);
    expect(status).toBe(401);
    expect(challenges).toEqual(expected.map((it) => expect.objectContaining({ ...it, scope })));
  });

  test('§3: a call that needs no scope is told none', async () => {
    const { get } = await startApi(start, tokenOf(), {}, { scopes: ['read'] });
    for (const challenge of (await get()).challenges) expect(Object.keys(challenge)).not.toContain('scope');
  });

  test.each<[what: string, path: string, headers: Record<string, string>]>([
    ['the token in the query', '/notes?access_token=a-token', {}],
    ['a token in the query beside the header', '/notes?access_token=a', { authorization: 'Bearer a' }],
    [
      'the name of the parameter in another writing',
      '/notes?%61ccess_token=a',
      { authorization: 'Bearer a' },
    ],
    ['the token behind a second question mark', '/notes?a=?&access_token=a-token', {}],
    ['an empty token in the query', '/notes?access_token', { authorization: 'Bearer a' }],
    ['Bearer with nothing', '/notes', { authorization: 'Bearer' }],
    ['Bearer with two parts', '/notes', { authorization: 'Bearer one two' }],
    ['Bearer with a list', '/notes', { authorization: 'Bearer one, Bearer two' }],
  ])('§3.1: %s is 400 invalid_request', async (_what, path, headers) => {
    const { get, asked, passed } = await startApi(start);
    const { status, challenges, body } = await get(headers, path);
    expect(status).toBe(400);
    expect(challenges).toEqual([
      { scheme: 'Bearer', error: 'invalid_request', error_description, resource_metadata },
    ]);
    expect(body).toMatchObject({ title: 'Bad Request', status: 400, error: 'invalid_request' });
    expect([asked, passed]).toEqual([[], []]);
  });

  test.each([
    ['the same token twice', 'Authorization: Bearer a', 'Authorization: Bearer a'],
    ['two tokens', 'Authorization: Bearer a', 'authorization: DPoP b'],
  ])('§3.1: two Authorization headers (%s) are 400 invalid_request', async (_what, ...headers) => {
    const { send, asked, passed } = await startApi(start);
    const { status, challenges } = await send('/notes', ...headers);
    expect(status).toBe(400);
    expect(challenges).toMatchObject([{ scheme: 'Bearer', error: 'invalid_request' }]);
    expect([asked, passed]).toEqual([[], []]);
  });

  test('§3.1: a token beside other credentials does not pass', async () => {
    const { send, asked, passed } = await startApi(start);
    const { status } = await send('/notes', 'Authorization: Basic YTpi', 'Authorization: Bearer a');
    // A Web Request joins the two, so that they are one value of another scheme.
    expect([400, 401]).toContain(status);
    expect([asked, passed]).toEqual([[], []]);
  });

  test.each([
    'a,b',
    'a"b',
    '{}',
    '=',
    'a=b',
    '%41',
    'b\u00e4r',
    'a\u00a0b',
    '__proto__"',
    `${'a'.repeat(9_000)}!`,
  ])('§3.1: a malformed token (%.20s) is 401 invalid_token, and is not introspected', async (token) => {
    const { getWithToken, asked, passed } = await startApi(start);
    const { status, challenges } = await getWithToken(token);
    expect(status).toBe(401);
    expect(challenges).toEqual([
      { scheme: 'Bearer', error: 'invalid_token', error_description, resource_metadata },
    ]);
    expect([asked, passed]).toEqual([[], []]);
  });

  test.each<[what: string, introspection: Introspection]>([
    ['expired, revoked or unknown', { active: false }],
    ['expired since its answer', tokenOf({ exp: Math.floor(Date.now() / 1000) - 1 })],
    ['of a time that is not a number', tokenOf({ exp: Number.NaN })],
    ['of a time before the epoch', tokenOf({ exp: Number.NEGATIVE_INFINITY })],
    ['for another API', tokenOf({ aud: 'https://other.example' })],
    ['for an API whose identifier begins like ours', tokenOf({ aud: `${RESOURCE}.example` })],
    ['for several other APIs', tokenOf({ aud: ['https://other.example', 'https://third.example'] })],
    ['for no API', tokenOf({ aud: undefined })],
    ['a refresh token', tokenOf({ token_type: 'refresh_token' })],
    ['of an unknown type', tokenOf({ token_type: 'N_A' })],
    ['of an empty type', tokenOf({ token_type: '' })],
    ['bound to a key that is not given', tokenOf({ token_type: 'DPoP' })],
    ['bound to a certificate', tokenOf({ cnf: { 'x5t#S256': 'thumbprint' } })],
    ["a client's own, with the client as its subject", tokenOf({ sub: 'app' })],
    ["a client's own, without a subject", tokenOf({ sub: undefined })],
    ["nobody's, of no client", tokenOf({ sub: undefined, client_id: undefined })],
    ["nobody's, with an empty subject", tokenOf({ sub: '', client_id: undefined })],
    ['of a user who is null', { ...tokenOf(), sub: null } as unknown as Introspection],
    ['active by a text that is not true', { ...tokenOf(), active: 'false' } as unknown as Introspection],
  ])('§3.1: a token that is %s is 401 invalid_token', async (_what, introspection) => {
    const { getWithToken, asked, passed } = await startApi(start, introspection, { scope: 'read' });
    const { status, challenges, body, headers } = await getWithToken();
    expect(status).toBe(401);
    expect(challenges).toEqual([
      { scheme: 'Bearer', error: 'invalid_token', error_description, scope: 'read', resource_metadata },
    ]);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Unauthorized',
      status: 401,
      detail: expect.any(String),
      error: 'invalid_token',
    });
    expect([asked, passed]).toEqual([['a-token'], []]);
  });

  test('§3.1: a token that is revoked is refused at its next use', async () => {
    let active = true;
    const { getWithToken } = await startApi(start, async () => (active ? tokenOf() : { active: false }));
    expect((await getWithToken()).status).toBe(200);
    active = false;
    expect((await getWithToken()).status).toBe(401);
  });

  test.each<[need: string, scope: string | undefined]>([
    ['write', 'read'],
    ['read write', 'read'],
    ['read', undefined],
    ['read', ''],
    ['read', 'READ'],
    ['read', 'reader bread'],
    ['constructor', 'read'],
  ])('§3.1: a call that needs %s is 403 insufficient_scope with a token for %s', async (scope, has) => {
    const { getWithToken, passed } = await startApi(start, tokenOf({ scope: has }), { scope });
    const { status, challenges, body } = await getWithToken();
    expect(status).toBe(403);
    expect(challenges).toEqual([
      { scheme: 'Bearer', error: 'insufficient_scope', error_description, scope, resource_metadata },
    ]);
    expect(body).toMatchObject({ title: 'Forbidden', status: 403, error: 'insufficient_scope', scope });
    expect(passed).toEqual([]);
  });

  test.each<[what: string, introspection: Introspection, need: Need]>([
    ['one scope among several', tokenOf({ scope: 'write read' }), { scope: 'read' }],
    ['several scopes, in any order', tokenOf({ scope: 'write read' }), { scope: 'read write' }],
    ['no scope', tokenOf({ scope: undefined }), {}],
    ['no user, of a client', tokenOf({ sub: 'app' }), { user: 'optional' }],
    ['no user, of a user', tokenOf(), { user: 'optional' }],
  ])('a call that needs %s passes', async (_what, introspection, need) => {
    const { getWithToken } = await startApi(start, introspection, need);
    expect((await getWithToken()).status).toBe(200);
  });

  test.each<[what: string, facts: Parameters<typeof tokenOf>[0]]>([
    ['whose audience ends in a slash', { aud: `${RESOURCE}/` }],
    ['whose audience is in capitals', { aud: RESOURCE.toUpperCase() }],
    ['for this API among others', { aud: ['https://other.example', `${RESOURCE}/`] }],
    ['of the type Bearer', { token_type: 'Bearer' }],
    ['of the type bearer', { token_type: 'bearer' }],
  ])('a token %s passes', async (_what, facts) => {
    const { getWithToken } = await startApi(start, tokenOf(facts));
    expect((await getWithToken()).status).toBe(200);
  });

  test('§3.1: a token for another API is 401, and not 403 for its scope', async () => {
    const token = tokenOf({ aud: 'https://other.example', scope: '' });
    const { getWithToken } = await startApi(start, token, { scope: 'read' });
    expect((await getWithToken()).status).toBe(401);
  });

  test('a client that calls for itself is no user', async () => {
    const { getWithToken } = await startApi(start, tokenOf({ sub: 'app' }), { user: 'optional' });
    expect((await getWithToken()).body).toEqual({ clientId: 'app', scopes: ['read'], actors: [] });
  });

  test('the answer to HEAD is that to GET without its body', async () => {
    const { get } = await startApi(start, { active: false });
    const { status, text, challenges } = await get({ authorization: 'Bearer a-token' }, '/notes', 'HEAD');
    expect([status, text]).toEqual([401, '']);
    expect(challenges).toMatchObject([{ error: 'invalid_token' }]);
  });
});
