/** The hosts that the server answers for; a foreign host could poison its discovery. */
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { faultsOf } from 'shared/test/faults-of.ts';
import { parsed, sendLines } from 'shared/test/raw-http.ts';
import { describe, expect, test } from 'vitest';
import { settingsSchema } from '../../src/config.ts';
import { batch, batchRegistration, get, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import { authorizationUrl, thirdParty } from '../support/code-flow.ts';

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
    'evil.example,127.0.0.1',
    '127.0.0.1.evil.example',
    '127.0.0.1%2eevil.example',
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
    const { host } = new URL(issuer);
    expect((await get(issuer, discovery, `${host}@evil.example`)).status).toBe(400);
    expect((await get(issuer, `http://${host}@evil.example${discovery}`, host)).status).toBe(421);
    expect((await get(issuer, `http://user@${host}${discovery}`, host)).status).toBe(421);
  });

  test.each(['ftp', 'ws', 'javascript'])('when the target names us with the scheme %s', async (scheme) => {
    const { issuer } = await start();
    const { host } = new URL(issuer);
    expect((await get(issuer, `${scheme}://${host}${discovery}`, host)).status).toBe(421);
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

/** The ways to write a request for a host of the default port of https, as they may arrive behind a proxy that ends TLS. */
const spellings = (host: string): [target: string, hostField: string][] => [
  [discovery, host],
  [discovery, host.toUpperCase()],
  [discovery, `${host}:443`],
  [discovery, `${host}:`],
  [discovery, `${host}:0443`],
  [`https://${host}${discovery}`, host],
  [`https://${host}:443${discovery}`, host],
  [`HTTPS://${host.toUpperCase()}${discovery}`, `${host}:443`],
  // A target of http, because the proxy's own connection is.
  [`http://${host}${discovery}`, host],
];

describe('every spelling of a host gets the same bytes', () => {
  const issuer = 'https://auth.example';
  const allAnswers = async (settings: Record<string, string>, host: string, more: string[] = []) => {
    const { issuer: direct } = await startAuthServer(settings);
    return Promise.all(
      spellings(host).map(async ([target, field]) => {
        const lines = [`GET ${target} HTTP/1.1`, `Host: ${field}`, ...more, 'Connection: close'];
        return [target, field, parsed(await sendLines(direct, ...lines)).body];
      }),
    );
  };

  test.each([
    ['alone', []],
    ['behind a proxy that says http', ['X-Forwarded-Proto: http']],
    ['behind a proxy that says https', ['X-Forwarded-Proto: https']],
  ])("the issuer's host, %s: all endpoints are https, at the issuer", async (_what, headers) => {
    const settings = { ISSUER: issuer, ALLOWED_HOSTS: 'inner:5001', TRUSTED_PROXIES: '127.0.0.1' };
    const answers = await allAnswers(settings, 'auth.example', headers);
    const body = answers[0]?.[2] ?? '';
    expect(answers).toEqual(spellings('auth.example').map((spelling) => [...spelling, body]));
    for (const url of body.match(/https?:[^"]+/g) ?? [])
      expect(url).toMatch(/^https:\/\/auth\.example(\/|$)/);
    expect(JSON.parse(body)).toMatchObject({ issuer, token_endpoint: `${issuer}/token` });
  });

  test('an allowed host with a scheme has that scheme, also where the issuer is http', async () => {
    for (const ISSUER of ['https://auth.example', 'http://auth.example:5001']) {
      const answers = await allAnswers({ ISSUER, ALLOWED_HOSTS: 'https://second.example' }, 'second.example');
      for (const [, , body = ''] of answers) {
        expect(JSON.parse(body)).toMatchObject({ issuer: ISSUER, jwks_uri: 'https://second.example/jwks' });
      }
    }
  });

  test('an allowed host without a scheme has that of a trusted proxy, or http', async () => {
    const settings = { ISSUER: issuer, ALLOWED_HOSTS: 'second.example', TRUSTED_PROXIES: '127.0.0.1' };
    for (const [proto, more] of [
      ['http', []],
      ['https', ['X-Forwarded-Proto: https']],
    ] as const) {
      for (const [, , body = ''] of await allAnswers(settings, 'second.example', [...more])) {
        expect(JSON.parse(body)).toMatchObject({ jwks_uri: `${proto}://second.example/jwks` });
      }
    }
  });

  test('an allowed port stays what it is, and is no other host', async () => {
    const { issuer: direct } = await startAuthServer({
      ISSUER: issuer,
      ALLOWED_HOSTS: 'inner:5001,[::1]:5001',
    });
    for (const host of ['inner:5001', 'INNER:5001', 'inner:05001', '[::1]:5001', '[0:0::1]:5001']) {
      const { jwks_uri } = JSON.parse((await get(direct, discovery, host)).body);
      expect(jwks_uri).toBe(host.includes('[') ? 'http://[::1]:5001/jwks' : 'http://inner:5001/jwks');
    }
    for (const host of ['inner', 'inner:443', 'auth.example:5001', 'auth.example:80']) {
      expect((await get(direct, discovery, host)).status).toBe(421);
    }
  });

  test('an http issuer stays http, whatever a proxy says', async () => {
    const ISSUER = 'http://auth.example';
    const { issuer: direct } = await startAuthServer({ ISSUER, TRUSTED_PROXIES: '127.0.0.1' });
    for (const host of ['auth.example', 'auth.example:80', 'AUTH.example']) {
      const lines = [
        `GET ${discovery} HTTP/1.1`,
        `Host: ${host}`,
        'X-Forwarded-Proto: https',
        'Connection: close',
      ];
      const { body } = parsed(await sendLines(direct, ...lines));
      expect(JSON.parse(body)).toMatchObject({ token_endpoint: `${ISSUER}/token` });
    }
  });

  test('of a target and a Host that are both ours, the target counts', async () => {
    const settings = { ISSUER: issuer, ALLOWED_HOSTS: 'https://second.example' };
    const { issuer: direct } = await startAuthServer(settings);
    const { body } = await get(direct, `http://second.example${discovery}`, 'auth.example');
    expect(JSON.parse(body)).toMatchObject({ jwks_uri: 'https://second.example/jwks' });
  });
});

describe('by every spelling of the host of an https issuer', () => {
  const issuer = 'https://auth.example';
  const inEverySpelling = async (
    ask: (direct: string, target: (path: string) => string, host: string) => Promise<void>,
  ) => {
    const CLIENTS_FILE = await temporaryFile([batchRegistration]);
    const { issuer: direct } = await startAuthServer({ ISSUER: issuer, CLIENTS_FILE });
    for (const [target, host] of spellings('auth.example')) {
      await ask(direct, (path) => target.replace(discovery, path), host);
    }
  };

  test('cookies are Secure, and redirects stay', async () => {
    const { pathname, search } = authorizationUrl(issuer, thirdParty);
    await inEverySpelling(async (direct, target, host) => {
      const { status, headers } = await get(direct, target(pathname + search), host);
      expect([status, headers.get('location')]).toEqual([303, expect.stringMatching(/^\/interaction\//)]);
      const cookies = headers.get('set-cookie')?.split(/, (?=_)/) ?? [];
      expect(cookies.length).toBeGreaterThan(1);
      for (const cookie of cookies)
        expect([host, cookie]).toEqual([host, expect.stringMatching(/; secure/i)]);
    });
  });

  test('a DPoP proof for the https URL is taken, and one for http is not', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const jwk = await exportJWK(publicKey);
    const prove = (htu: string) =>
      new SignJWT({ htu, htm: 'POST', jti: randomUUID(), iat: Math.floor(Date.now() / 1000) })
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
        .sign(privateKey);
    const form = 'grant_type=client_credentials';
    await inEverySpelling(async (direct, target, host) => {
      for (const [htu, status] of [
        [`${issuer}/token`, 200],
        ['http://auth.example/token', 400],
      ] as const) {
        const lines = [
          `POST ${target('/token')} HTTP/1.1`,
          `Host: ${host}`,
          `Authorization: Basic ${btoa(`${batch.id}:${batch.secret}`)}`,
          `DPoP: ${await prove(htu)}`,
          'Content-Type: application/x-www-form-urlencoded',
          `Content-Length: ${form.length}`,
          'Connection: close',
          '',
          form,
        ];
        expect([host, htu, parsed(await sendLines(direct, ...lines)).status]).toEqual([host, htu, status]);
      }
    });
  });
});

test.each([
  'second.example/',
  'ftp://second.example',
  'a:b',
  'user@second.example',
  'second example',
  '[::1',
  'second.example:99999',
])('a server does not start with the allowed host %s', (host) => {
  expect(faultsOf(settingsSchema, { ALLOWED_HOSTS: `inner:5001, ${host}` })).toEqual([
    expect.stringMatching(/^ALLOWED_HOSTS: entry 2 must be host or host:port/),
  ]);
});
