/** Which methods each endpoint answers, and what it says of the others (RFC 9110 §15.5.6). */
import { describe, expect, test } from 'vitest';
import { startAuthServer } from '../support/auth-server.ts';

const ENDPOINTS: [path: string, methods: string][] = [
  ['/.well-known/openid-configuration', 'GET, HEAD'],
  ['/.well-known/oauth-authorization-server', 'GET, HEAD'],
  ['/jwks', 'GET, HEAD'],
  ['/token', 'POST'],
  ['/introspect', 'POST'],
  ['/revoke', 'POST'],
  ['/par', 'POST'],
  ['/device_authorization', 'POST'],
  ['/userinfo', 'GET, HEAD, POST'],
  ['/register', 'POST'],
  ['/register/somebody', 'GET, HEAD, PUT, DELETE'],
  ['/authorize', 'GET, HEAD, POST'],
  ['/authorize/something', 'GET, HEAD'],
  ['/device', 'GET, HEAD, POST'],
  ['/device/something', 'GET, HEAD'],
  ['/logout', 'GET, HEAD, POST'],
  ['/logout/confirm', 'POST'],
  ['/logout/success', 'GET, HEAD'],
];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'];

const start = () => startAuthServer({ INITIAL_ACCESS_TOKEN: 'initial-access-token' });

describe.each(ENDPOINTS)('%s', (path, allow) => {
  test.each([path, `${path}/`, path.toUpperCase()])(
    `answers ${allow} at %s, and no other method`,
    async (spelt) => {
      const { issuer } = await start();
      for (const method of METHODS) {
        const response = await fetch(issuer + spelt, { method, redirect: 'manual' });
        if (allow.split(', ').includes(method)) {
          expect([404, 405], method).not.toContain(response.status);
        } else {
          expect(response.status, method).toBe(method === 'OPTIONS' ? 204 : 405);
          expect(response.headers.get('allow'), method).toBe(allow);
        }
      }
    },
  );
});

test('a preflight request is still answered as one', async () => {
  const { issuer } = await start();
  const response = await fetch(`${issuer}/token`, {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
  });
  expect(response.status).toBe(204);
  expect(response.headers.get('access-control-allow-methods')).toBe('POST');
  expect(response.headers.get('allow')).toBeNull();
});

test.each(['/authorize', '/logout'])(
  'a request of another type that is posted to %s is 415',
  async (path) => {
    const { issuer } = await start();
    const response = await fetch(issuer + path, { method: 'POST', body: '{}', redirect: 'manual' });
    expect(response.status).toBe(415);
    expect(response.headers.get('accept-post')).toBe('application/x-www-form-urlencoded');
  },
);

test('while nobody can register, nothing is where clients would', async () => {
  const { issuer } = await startAuthServer();
  for (const path of ['/register', '/register/somebody']) {
    expect((await fetch(issuer + path, { method: 'PUT' })).status).toBe(404);
  }
});
