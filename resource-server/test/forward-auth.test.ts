/** The sub-requests by which nginx, Caddy and Traefik ask whether a call may pass to an API behind them. */

import { athOf, keyOf } from 'shared/test/dpop.ts';
import { parsed, sendLines } from 'shared/test/raw-http.ts';
import { UpstreamFault } from 'shared/upstream/fault.ts';
import { describe, expect, test } from 'vitest';
import { proofBy } from './dpop.ts';
import { asked, ORDERS, STOCK, startForwardAuth } from './forward-auth-server.ts';
import { challengeOf, startResourceServer, startWithToken, tokenOf } from './resource-server.ts';

const NO_CLASSES = 'Forward-Auth-Acr must be classes of sign-ins, separated by spaces';
const NO_AGE = 'Forward-Auth-Max-Age must be a whole number of seconds, 1 or more';

const resource_metadata = `${ORDERS}/.well-known/oauth-protected-resource`;

describe('a call with a good token', () => {
  test('passes, with the identity of its caller and no body', async () => {
    const { ask, introspected, lines } = await startForwardAuth({ scope: 'orders:read orders:write' });
    const answer = await ask();
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('');
    expect(identityOf(answer)).toEqual({
      user: 'alice',
      client: '1234',
      scope: 'orders:read orders:write',
      actors: '-',
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(introspected).toEqual(['a-token']);
    expect(lines).toContainEqual(
      expect.objectContaining({
        event: 'http.request',
        path: '/forward-auth',
        user: 'alice',
        clientId: '1234',
      }),
    );
    expect(JSON.stringify(lines)).not.toContain('a-token');
  });

  test.each([
    ['a user with a space', 'alice b', 'alice%20b'],
    ['a user with a percent sign', 'al%69ce', 'al%2569ce'],
    ['a user with a line break', 'alice\r\nX-Auth-User: root', 'alice%0D%0AX-Auth-User:%20root'],
    ['a user with other letters', 'Żaneta 😀', '%C5%BBaneta%20%F0%9F%98%80'],
    ['a user whose name is the sign for nobody', '-', '%2D'],
  ])('passes; %s is percent-encoded', async (_, sub, sent) => {
    const { ask } = await startForwardAuth({ sub });
    const user = identityOf(await ask()).user ?? '';
    expect(user).toBe(sent);
    expect(decodeURIComponent(user)).toBe(sub);
  });

  test('passes, with those who act for the user, the one that calls now first', async () => {
    const { ask, lines } = await startForwardAuth({
      client_id: 'stock-api',
      act: { sub: 'stock-api', act: { sub: 'orders-api' } },
    });
    expect(identityOf(await ask())).toEqual({
      user: 'alice',
      client: 'stock-api',
      scope: 'orders:read',
      actors: 'stock-api orders-api',
    });
    const line = lines.find(({ event }) => event === 'http.request');
    expect(line).toMatchObject({ user: 'alice', actors: ['stock-api', 'orders-api'] });
  });

  test.each([
    ['an actor with a space cannot look like two', { sub: 'a b' }, 'a%20b'],
    ['an actor with a comma cannot look like two', { sub: 'a,b' }, 'a%2Cb'],
    ['an actor whose name is the sign for nobody', { sub: '-' }, '%2D'],
    ['an actor with a line break', { sub: 'a\r\nX-Auth-User: root' }, 'a%0D%0AX-Auth-User:%20root'],
    [
      'an actor of an issuer cannot look like another of its name',
      { sub: 'orders-api', iss: 'https://other.example' },
      'https://other.example%20orders-api',
    ],
  ])('passes; %s: it is percent-encoded', async (_, act, sent) => {
    const { ask } = await startForwardAuth({ act });
    expect(identityOf(await ask()).actors).toBe(sent);
  });

  test('with a chain of actors that cannot be read does not pass', async () => {
    const { ask } = await startForwardAuth({ act: { sub: 'stock-api', act: {} } });
    const answer = await ask();
    expect(answer.status).toBe(401);
    expect(identityOf(answer)).toEqual({});
  });

  test('of a client for itself passes only where the proxy says so, with a sign for nobody as its user', async () => {
    const { ask } = await startForwardAuth({ sub: '1234' });
    const refused = await ask();
    expect(refused.status).toBe(401);
    expect(challengeOf(refused)).toMatchObject({ error_description: 'the token is not bound to a user' });
    const passed = await ask({ 'forward-auth-user': 'optional' });
    expect(passed.status).toBe(200);
    expect(identityOf(passed)).toEqual({ user: '-', client: '1234', scope: 'orders:read', actors: '-' });
  });

  test('that names no client has a sign for nobody as its client', async () => {
    const { ask } = await startForwardAuth({ client_id: undefined });
    expect(identityOf(await ask())).toMatchObject({ user: 'alice', client: '-' });
  });

  test('passes for the API that the proxy names, and no other', async () => {
    const { ask } = await startForwardAuth({ aud: STOCK });
    expect((await ask({ 'forward-auth-resource': STOCK })).status).toBe(200);
    expect(
      (await ask({ 'forward-auth-resource': `${STOCK}`.replace('example.com', 'EXAMPLE.com:443') })).status,
    ).toBe(200);
    const refused = await ask();
    expect(refused.status).toBe(401);
    expect(challengeOf(refused)).toMatchObject({ error: 'invalid_token', resource_metadata });
  });

  test.each(['GET', 'POST', 'OPTIONS', 'PURGE'])('passes though the sub-request is %s', async (method) => {
    const { ask } = await startForwardAuth();
    expect((await ask({}, { method })).status).toBe(200);
  });
});

test('the query of the sub-request itself, to which Caddy adds that of the call, says nothing', async () => {
  const { get } = await startForwardAuth();
  const answer = await get('/forward-auth?scope=other&access_token=a', asked());
  expect(answer.status).toBe(200);
  expect(
    (await get('/forward-auth?scope=orders:read', asked({ 'forward-auth-scope': 'other' }))).status,
  ).toBe(403);
});

describe('a refused call gets the challenge for its client:', () => {
  test('401 without a token, for either scheme', async () => {
    const { ask, introspected } = await startForwardAuth();
    const answer = await ask({ authorization: undefined });
    expect(answer.status).toBe(401);
    expect(challengeOf(answer)).toEqual({ scope: 'orders:read', resource_metadata });
    expect(challengeOf(answer, 'DPoP')).toMatchObject({ resource_metadata });
    expect(identityOf(answer)).toEqual({});
    expect(introspected).toEqual([]);
  });

  test('401 for a token that is not in force', async () => {
    const { ask } = await startForwardAuth({}, async () => ({ active: false }));
    const answer = await ask();
    expect(answer.status).toBe(401);
    expect(challengeOf(answer)).toMatchObject({ error: 'invalid_token' });
  });

  test('403 for a token without the scope, whose caller the log has', async () => {
    const { ask, lines } = await startForwardAuth();
    const answer = await ask({ 'forward-auth-scope': 'orders:read orders:write' });
    expect(answer.status).toBe(403);
    expect(challengeOf(answer)).toMatchObject({
      error: 'insufficient_scope',
      scope: 'orders:read orders:write',
    });
    expect(identityOf(answer)).toEqual({});
    expect(lines).toContainEqual(
      expect.objectContaining({ event: 'http.request', status: 403, user: 'alice' }),
    );
  });

  test.each([
    ['a token in the query', { 'x-forwarded-uri': '/orders/1?access_token=a-token' }],
    ['Bearer with nothing', { authorization: 'Bearer' }],
  ])(
    '401 for a malformed request, which nginx would otherwise take for a failure: %s',
    async (_, changes) => {
      const { ask, introspected, lines } = await startForwardAuth();
      const answer = await ask(changes);
      expect(answer.status).toBe(401);
      expect(challengeOf(answer)).toMatchObject({ error: 'invalid_request' });
      expect(await answer.json()).toMatchObject({
        status: 401,
        title: 'Unauthorized',
        error: 'invalid_request',
      });
      expect(introspected).toEqual([]);
      expect(JSON.stringify(lines)).not.toContain('a-token');
    },
  );

  test('401 for two tokens', async () => {
    const { base } = await startForwardAuth();
    const { status, headers } = await sent(base, asked(), 'Authorization: Bearer another');
    expect(status).toBe(401);
    expect(challengeOf({ headers })).toMatchObject({ error: 'invalid_request' });
  });
});

test.each([
  ['timeout', 504],
  ['unreachable', 503],
  ['invalid_response', 502],
] as const)('an outage of the issuer (%s) is %i, and no refusal', async (kind, status) => {
  const { ask } = await startForwardAuth({}, async () => {
    throw new UpstreamFault('auth server', kind, 'broken');
  });
  const answer = await ask();
  expect(answer.status).toBe(status);
  expect(answer.headers.has('www-authenticate')).toBe(false);
  expect(identityOf(answer)).toEqual({});
});

describe('a proxy that is not set up is answered 500, and the log says why:', () => {
  test.each<[why: string, changes: Record<string, string | undefined>]>([
    ['Forward-Auth-Scope is missing', { 'forward-auth-scope': undefined }],
    ['Forward-Auth-Scope is empty', { 'forward-auth-scope': '' }],
    ['Forward-Auth-Scope must be scopes, separated by spaces', { 'forward-auth-scope': 'a"b' }],
    ['Forward-Auth-User is missing', { 'forward-auth-user': undefined }],
    ['Forward-Auth-User must be required or optional', { 'forward-auth-user': 'Optional' }],
    ['Forward-Auth-Resource is missing', { 'forward-auth-resource': undefined }],
    ['Forward-Auth-Resource is not in FORWARD_AUTH', { 'forward-auth-resource': 'https://other.example' }],
    ['Forward-Auth-Acr is empty', { 'forward-auth-acr': '' }],
    [NO_CLASSES, { 'forward-auth-acr': 'mfa, pwd' }],
    [NO_CLASSES, { 'forward-auth-acr': 'mfa,pwd' }],
    [NO_CLASSES, { 'forward-auth-acr': 'mfa  pwd' }],
    [NO_CLASSES, { 'forward-auth-acr': '"mfa"' }],
    ['Forward-Auth-Max-Age is empty', { 'forward-auth-max-age': '' }],
    [NO_AGE, { 'forward-auth-max-age': '0' }],
    [NO_AGE, { 'forward-auth-max-age': '-1' }],
    [NO_AGE, { 'forward-auth-max-age': '1.5' }],
    [NO_AGE, { 'forward-auth-max-age': '60, 999' }],
    [NO_AGE, { 'forward-auth-max-age': '1e3' }],
    [NO_AGE, { 'forward-auth-max-age': '1000000000' }],
    ['X-Forwarded-Method is missing', { 'x-forwarded-method': undefined }],
    ['X-Forwarded-Uri is missing', { 'x-forwarded-uri': undefined }],
  ])('%s', async (why, changes) => {
    const { ask, lines, introspected } = await startForwardAuth();
    const answer = await ask(changes);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('orward-');
    expect(identityOf(answer)).toEqual({});
    expect(introspected).toEqual([]);
    expect(lines).toContainEqual(
      expect.objectContaining({
        event: 'forward_auth.misconfigured',
        msg: `the proxy is not set up: ${why}`,
      }),
    );
  });

  test.each([
    'Forward-Auth-Scope: orders:read',
    'Forward-Auth-User: required',
    `Forward-Auth-Resource: ${ORDERS}`,
    'Forward-Auth-Acr: pwd',
    'Forward-Auth-Max-Age: 9999',
    'X-Forwarded-Method: GET',
    'X-Forwarded-Uri: /orders/1',
  ])('%s comes twice, so that one may be the client’s', async (header) => {
    const { base, lines } = await startForwardAuth({ acr: 'mfa', auth_time: Math.floor(Date.now() / 1000) });
    const signIn = { 'forward-auth-acr': 'mfa', 'forward-auth-max-age': '60' };
    expect((await sent(base, asked(signIn), header)).status).toBe(500);
    expect(lines).toContainEqual(
      expect.objectContaining({
        event: 'forward_auth.misconfigured',
        msg: `the proxy is not set up: ${header.split(':')[0]} came twice`,
      }),
    );
  });
});

describe('a call for which the proxy asks how the user has signed in (RFC 9470)', () => {
  const now = Math.floor(Date.now() / 1000);
  const both = { 'forward-auth-acr': 'mfa phr', 'forward-auth-max-age': '300' };

  test.each<[what: string, facts: Parameters<typeof startForwardAuth>[0]]>([
    ['too long ago', { acr: 'mfa', auth_time: now - 400 }],
    ['at an unknown time', { acr: 'mfa' }],
    ['in another way', { acr: 'pwd', auth_time: now }],
    ['in an unknown way', { auth_time: now }],
  ])('is refused with the challenge to a user who signed in %s', async (_, facts) => {
    const { ask, lines } = await startForwardAuth(facts);
    const answer = await ask(both);
    expect(answer.status).toBe(401);
    expect(challengeOf(answer)).toEqual({
      error: 'insufficient_user_authentication',
      error_description: expect.any(String),
      acr_values: 'mfa phr',
      max_age: '300',
      resource_metadata,
    });
    expect(identityOf(answer)).toEqual({});
    expect(lines).toContainEqual(
      expect.objectContaining({ event: 'http.request', status: 401, user: 'alice' }),
    );
  });

  test('passes for a user who signed in so', async () => {
    const { ask } = await startForwardAuth({ acr: 'phr', auth_time: now });
    expect((await ask(both)).status).toBe(200);
  });

  test.each([
    [{ 'forward-auth-max-age': '300' }, { max_age: '300' }],
    [{ 'forward-auth-acr': 'mfa' }, { acr_values: 'mfa' }],
  ])('may be asked for one of the two: %j', async (asking, parameters) => {
    const { ask } = await startForwardAuth({ acr: 'pwd', auth_time: now - 400 });
    const challenge = challengeOf(await ask(asking));
    expect(challenge).toMatchObject(parameters);
    expect(Object.keys(challenge ?? {})).toHaveLength(4);
    expect((await ask()).status).toBe(200);
  });

  test('is refused to a client that calls for itself, which has not signed in', async () => {
    const { ask } = await startForwardAuth({ sub: '1234' });
    const answer = await ask({ ...both, 'forward-auth-user': 'optional' });
    expect(answer.status).toBe(401);
    expect(challengeOf(answer)).toMatchObject({ error: 'insufficient_user_authentication' });
  });
});

describe('a proof (RFC 9449) is checked against the call, whose path is whole,', () => {
  test.each([
    [ORDERS, 'https://orders.example/orders/1', '/orders/1?a=b'],
    [STOCK, 'https://example.com/apis/stock/7', '/apis/stock/7'],
  ])('of %s: %s', async (resource, htu, uri) => {
    const key = await keyOf();
    const { ask } = await startForwardAuth({ aud: resource, cnf: { jkt: key.jkt } });
    const askWith = async (claims: object) =>
      ask({
        authorization: 'DPoP a-token',
        dpop: await proofBy(key, { htu, htm: 'DELETE', ath: athOf('a-token'), ...claims }),
        'x-forwarded-method': 'DELETE',
        'x-forwarded-uri': uri,
        'forward-auth-resource': resource,
      });
    const answer = await askWith({ jti: 'one' });
    expect(answer.status).toBe(200);
    for (const wrong of [
      { jti: 'one' },
      { htm: 'GET' },
      { htu: `${new URL(htu).origin}/forward-auth` },
      { htu: `${htu}0` },
    ]) {
      const refused = await askWith(wrong);
      expect(refused.status).toBe(401);
      expect(challengeOf(refused, 'DPoP')).toMatchObject({ error: 'invalid_dpop_proof' });
    }
  });
});

describe('without the setting', () => {
  test.each(['/forward-auth', '/forward-auth/orders/1', '/protected-resource-metadata'])(
    'there is nothing at %s',
    async (path) => {
      const { get } = await startWithToken(tokenOf({ aud: ORDERS, scope: 'orders:read' }));
      expect((await get(path, asked())).status).toBe(404);
    },
  );
});

test('the other paths are as they were', async () => {
  const { get } = await startForwardAuth();
  for (const path of ['/forward-authority', '/forward-auth-metadata']) {
    expect((await get(path, asked())).status).toBe(404);
  }
  expect((await get('/current_time')).status).toBe(401);
});

test('a client of the metadata of an API behind a proxy learns of its issuer', async () => {
  const { get } = await startForwardAuth();
  const answer = await get('/protected-resource-metadata?a=b', { 'forward-auth-resource': STOCK });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  expect(await answer.json()).toEqual({
    resource: STOCK,
    authorization_servers: ['http://localhost:5001'],
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: expect.arrayContaining(['ES256']),
  });
  expect((await get('/protected-resource-metadata')).status).toBe(500);
});

test('a sub-request about a call waits no longer than the service lets any request', async () => {
  const { lines, get } = await startResourceServer(
    { FORWARD_AUTH: ORDERS },
    { introspect: () => new Promise(() => {}) },
  );
  expect((await get('/forward-auth', { ...asked(), 'x-request-timeout-ms': '50' })).status).toBe(504);
  expect(lines).toContainEqual(expect.objectContaining({ event: 'http.request', status: 504 }));
});

/** Sends a sub-request with these headers and one more, which may be there already. */
async function sent(base: string, headers: Record<string, string>, more: string) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const request = ['GET /forward-auth HTTP/1.1', 'Host: localhost', 'Connection: close'];
  return parsed(await sendLines(base, ...request, ...lines, more));
}

function identityOf({ headers }: Response): {
  user?: string;
  client?: string;
  scope?: string;
  actors?: string;
} {
  const told = ['user', 'client', 'scope', 'actors'].flatMap((name) => {
    const value = headers.get(`x-auth-${name}`);
    return value === null ? [] : [[name, value]];
  });
  return Object.fromEntries(told);
}
