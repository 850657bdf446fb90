/** The hosts that the server answers for; a foreign host could poison its discovery. */
import { describe, expect, test } from 'vitest';
import { get, startAuthServer } from '../support/auth-server.ts';

// Without the address that other tests allow beside the issuer's.
const start = () => startAuthServer({ ALLOWED_HOSTS: '' });
const discovery = '/.well-known/openid-configuration';

describe('a request for a foreign host is refused', () => {
  test.each([
    '',
    'evil.example',
    'evil.example:5001',
    'localhost',
    '127.0.0.1',
    '127.0.0.1:1',
    'evil.example, 127.0.0.1',
    '127.0.0.1.evil.example',
  ])('when Host is "%s"', async (host) => {
    const { issuer } = await start();
    const { status, headers, body } = await get(issuer, discovery, host);
    expect(status).toBe(421);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json\b/);
    expect(JSON.parse(body)).toMatchObject({
      status: 421,
      title: 'Misdirected Request',
      detail: `This server does not answer for that host. Call it at ${issuer}.`,
    });
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('even with our host as its userinfo', async () => {
    const { issuer } = await start();
    expect((await get(issuer, discovery, `${new URL(issuer).host}@evil.example`)).status).toBe(421);
  });

  test('when only the target names a foreign authority', async () => {
    const { issuer } = await start();
    const { status } = await get(issuer, `http://evil.example${discovery}`, new URL(issuer).host);
    expect(status).toBe(421);
  });

  test('when only Host is foreign and the target names us', async () => {
    const { issuer } = await start();
    expect((await get(issuer, `${issuer}${discovery}`, 'evil.example')).status).toBe(421);
  });

  test('or ignored, when only X-Forwarded-Host names it', async () => {
    const { issuer } = await start();
    const forwarded = { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' };
    const response = await fetch(`${issuer}${discovery}`, { headers: forwarded });
    expect(await response.text()).not.toContain('evil.example');
  });
});

describe('a request is answered', () => {
  test('when its target names us in full', async () => {
    const { issuer } = await start();
    const { status, body } = await get(issuer, `${issuer}${discovery}`, new URL(issuer).host);
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ issuer, token_endpoint: `${issuer}/token` });
  });

  test.each(['auth-server:5001', 'AUTH-Server:5001', 'second.example'])(
    'for the allowed host %s, with endpoints there and the issuer unchanged',
    async (host) => {
      const { issuer } = await startAuthServer({ ALLOWED_HOSTS: 'auth-server:5001, second.example' });
      const { status, body } = await get(issuer, discovery, host);
      expect(status).toBe(200);
      const origin = `http://${host.toLowerCase()}`;
      expect(JSON.parse(body)).toMatchObject({
        issuer,
        token_endpoint: `${origin}/token`,
        introspection_endpoint: `${origin}/introspect`,
        jwks_uri: `${origin}/jwks`,
      });
    },
  );

  test("for the issuer's host in capitals", async () => {
    const { issuer } = await startAuthServer({ ISSUER: 'http://auth.example' });
    expect((await get(issuer, discovery, 'AUTH.Example')).status).toBe(200);
  });

  test.each(['/health/live', '/health/ready'])(
    'at %s for any host, so that probes need no name',
    async (path) => {
      const { issuer } = await start();
      expect((await get(issuer, path, '10.1.2.3:5001')).status).toBe(200);
    },
  );
});
