/** What programs are told at the endpoints that no browser opens: JSON, whatever they say that they accept. */
import { parsed, sendLines } from 'shared/test/raw-http.ts';
import { describe, expect, test } from 'vitest';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { acceptAnyone } from '../../src/stores/accept-anyone.ts';
import { startAuthServer, temporaryFile, webapp } from '../support/auth-server.ts';
import { cliRegistration } from '../support/code-flow.ts';

/** What `HttpURLConnection` of Java sends, and what a browser sends. */
const JAVA = 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2';
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

const TOKEN = 'initial-access-token';
const start = async (environment: Record<string, string> = {}) =>
  startAuthServer({
    INITIAL_ACCESS_TOKEN: TOKEN,
    CLIENTS_FILE: await temporaryFile([cliRegistration]),
    ...environment,
  });

const basic = `Basic ${btoa(`${webapp.id}:${webapp.secret}`)}`;

async function expectOAuthError(response: Response, status: number, error: string): Promise<void> {
  const text = await response.text();
  expect(response.headers.get('content-type'), text).toMatch(/^application\/json\b/);
  expect(JSON.parse(text)).toMatchObject({ error });
  expect(response.status).toBe(status);
}

describe.each([
  ["Java's default", JAVA],
  ["a browser's", BROWSER],
  ['only HTML', 'text/html'],
])('with %s Accept', (_whose, accept) => {
  test.each<[path: string, form: Record<string, string>, status: number, error: string]>([
    ['/token', { grant_type: 'password' }, 400, 'invalid_request'],
    ['/token/', { grant_type: 'password' }, 400, 'invalid_request'],
    ['/TOKEN', { grant_type: 'nothing' }, 400, 'unsupported_grant_type'],
    ['/token', { grant_type: 'password', username: 'al', password: 'no' }, 400, 'invalid_grant'],
    ['/introspect', {}, 400, 'invalid_request'],
    ['/revoke', {}, 400, 'invalid_request'],
    ['/par', { response_type: 'code' }, 400, 'invalid_request'],
    ['/device_authorization', {}, 400, 'unauthorized_client'],
  ])('a refusal at %s is JSON', async (path, form, status, error) => {
    const { issuer } = await start();
    const headers = { accept, authorization: basic };
    const body = new URLSearchParams(form);
    await expectOAuthError(await fetch(issuer + path, { method: 'POST', headers, body }), status, error);
  });

  test.each(['/token', '/introspect', '/revoke', '/par', '/device_authorization'])(
    'a request without a client at %s is refused in JSON',
    async (path) => {
      const { issuer } = await start();
      const answer = await fetch(issuer + path, {
        method: 'POST',
        headers: { accept },
        body: new URLSearchParams({ token: 'x' }),
      });
      await expectOAuthError(answer, 401, 'invalid_client');
    },
  );

  test('a refusal at /userinfo and /register is JSON', async () => {
    const { issuer } = await start();
    await expectOAuthError(await fetch(`${issuer}/userinfo`, { headers: { accept } }), 401, 'invalid_token');
    const register = (authorization: string) =>
      fetch(`${issuer}/register`, {
        method: 'POST',
        headers: { accept, authorization, 'content-type': 'application/json' },
        body: '{"redirect_uris":[]}',
      });
    await expectOAuthError(await register('Bearer wrong'), 401, 'invalid_token');
    await expectOAuthError(await register(`Bearer ${TOKEN}`), 400, 'invalid_redirect_uri');
  });

  test('a device is told in JSON that its user has not decided yet', async () => {
    const { issuer } = await start();
    const post = (path: string, form: Record<string, string>) =>
      fetch(issuer + path, {
        method: 'POST',
        headers: { accept },
        body: new URLSearchParams({ ...form, client_id: 'cli' }),
      });
    const device = (await (await post('/device_authorization', {})).json()) as { device_code: string };
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
    const poll = await post('/token', { grant_type, device_code: device.device_code });
    await expectOAuthError(poll, 400, 'authorization_pending');
  });

  test.each([
    ['a method that the endpoint does not have', 405, 'GET', '/token', undefined],
    ['a form that is too large', 413, 'POST', '/token', 'x'.repeat(60_000)],
    ['a body of another type', 415, 'POST', '/token', '{}'],
  ])('%s is %d in JSON', async (_what, status, method, path, body) => {
    const { issuer } = await start();
    const response = await fetch(issuer + path, { method, headers: { accept }, ...(body && { body }) });
    await expectOAuthError(response, status, 'invalid_request');
  });

  test('what nobody opens in a browser is a problem in JSON', async () => {
    const { issuer } = await startAuthServer();
    for (const [method, path, status] of [
      ['POST', '/register', 404],
      ['POST', '/oauth/token', 404],
      ['GET', '/.well-known/nothing', 404],
      ['GET', '/health/nothing', 404],
      ['DELETE', '/jwks', 405],
      ['POST', '/.well-known/openid-configuration', 405],
    ] as const) {
      const response = await fetch(issuer + path, { method, headers: { accept } });
      expect(response.status, path).toBe(status);
      expect(response.headers.get('content-type'), path).toMatch(/^application\/problem\+json/);
    }
  });

  test('a host that is not ours is 421 in JSON', async () => {
    const { issuer } = await start();
    const lines = ['POST /token HTTP/1.1', 'Host: other.example', `Accept: ${accept}`, 'Content-Length: 0'];
    const { status, headers, body } = parsed(await sendLines(issuer, ...lines, 'Connection: close'));
    expect(status).toBe(421);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(JSON.parse(body)).toMatchObject({ error: 'invalid_request' });
  });

  test('too many attempts are 429 in JSON', async () => {
    const { requestToken, issuer } = await start();
    for (let count = 0; count < 20; count += 1) await requestToken({}, { ...webapp, secret: 'wrong' });
    const response = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { accept, authorization: basic },
      body: new URLSearchParams({ grant_type: 'password' }),
    });
    await expectOAuthError(response, 429, 'too_many_attempts');
  });

  test.each([
    ['an outage', 503, 'temporarily_unavailable', () => Promise.reject(new StoreUnavailable('away'))],
    [
      'an answer that does not come in time',
      504,
      'temporarily_unavailable',
      () => new Promise<never>(() => {}),
    ],
    ['a failure', 500, 'server_error', () => Promise.reject(new Error('broken'))],
  ])('%s is %d in JSON', async (_what, status, error, authenticate) => {
    const { issuer } = await startAuthServer({}, { users: { ...acceptAnyone, authenticate } });
    const response = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { accept, authorization: basic, 'x-request-timeout-ms': '500' },
      body: new URLSearchParams({ grant_type: 'password', username: 'alice', password: 'wonderland' }),
    });
    await expectOAuthError(response, status, error);
  });
});

test('a browser still gets pages where people come, and where nothing is', async () => {
  const { issuer } = await start();
  for (const [method, path, status] of [
    ['GET', '/authorize?client_id=nobody', 400],
    ['PUT', '/authorize', 405],
    ['GET', '/authorize/nothing', 400],
    ['DELETE', '/device', 405],
    ['GET', '/logout?id_token_hint=x', 400],
    ['GET', '/interaction/nothing', 400],
    ['PUT', '/interaction/nothing', 405],
    ['GET', '/nothing', 404],
    ['GET', '/', 404],
  ] as const) {
    const response = await fetch(issuer + path, { method, headers: { accept: BROWSER } });
    expect(response.status, path).toBe(status);
    expect(response.headers.get('content-type'), path).toMatch(/^text\/html/);
  }
});

test('a program that opens an address of browsers gets JSON if that is what it accepts', async () => {
  const { issuer } = await start();
  const response = await fetch(`${issuer}/authorize?client_id=nobody`, {
    headers: { accept: 'application/json' },
  });
  await expectOAuthError(response, 400, 'invalid_client');
});
