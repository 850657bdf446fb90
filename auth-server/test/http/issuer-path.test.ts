/** An issuer with a path, behind proxies that keep the path of a request or remove it. */
import { randomUUID } from 'node:crypto';
import { discoverAuthorizationServerMetadata } from '@modelcontextprotocol/sdk/client/auth.js';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as oauth4webapi from 'oauth4webapi';
import * as openid from 'openid-client';
import { faultsOf } from 'shared/test/faults-of.ts';
import { describe, expect, test } from 'vitest';
import { settingsSchema } from '../../src/config.ts';
import {
  accessToken,
  batch,
  batchRegistration,
  expectRefusal,
  get,
  startAuthServer,
  temporaryFile,
  webapp,
} from '../support/auth-server.ts';
import {
  agree,
  answerAt,
  authorizationUrl,
  cli,
  cliRegistration,
  confirmDevice,
  isActive,
  redeem,
  refresh,
  thirdParty,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { begin } from '../support/device.ts';
import { PATH, PROXY_KINDS, startBehindProxy } from '../support/path-proxy.ts';
import { INITIAL_ACCESS_TOKEN, metadata, type Registered, redirectUri } from '../support/registry.ts';
import { UserAgent } from '../support/user-agent.ts';

const insecure = { [oauth4webapi.allowInsecureRequests]: true };

/** The URLs of the metadata: RFC 8414 §3.1, OpenID Connect Discovery §4, and the two others that clients try. */
function metadataUrls(issuer: string): string[] {
  const { origin } = new URL(issuer);
  return [
    `${origin}/.well-known/oauth-authorization-server${PATH}`,
    `${origin}/.well-known/openid-configuration${PATH}`,
    `${issuer}/.well-known/openid-configuration`,
    `${issuer}/.well-known/oauth-authorization-server`,
  ];
}

describe.each(PROXY_KINDS)('behind a proxy that $what,', (kind) => {
  const start = async () =>
    startBehindProxy(kind, {
      CLIENTS_FILE: await temporaryFile([cliRegistration, batchRegistration]),
      INITIAL_ACCESS_TOKEN,
    });

  test('the same metadata is wherever clients look, and every endpoint in it is below the issuer', async () => {
    const { issuer } = await start();
    const answers = await Promise.all(
      metadataUrls(issuer).map(async (url) => {
        const response = await fetch(url);
        return { url, status: response.status, text: await response.text() };
      }),
    );
    const text = answers[0]?.text ?? '';
    expect(answers).toEqual(metadataUrls(issuer).map((url) => ({ url, status: 200, text })));
    const document = JSON.parse(text) as Record<string, unknown>;
    expect(document.issuer).toBe(issuer);
    const endpoints = Object.entries(document).filter(([name]) => /_endpoint$|_uri$/.test(name));
    expect(endpoints.length).toBeGreaterThan(9);
    for (const [name, url] of endpoints)
      expect([name, String(url)]).toEqual([name, expect.stringMatching(`^${issuer}/\\w+$`)]);
  });

  test('stock clients find it by the issuer alone', async () => {
    const { issuer } = await start();
    const url = new URL(issuer);
    for (const algorithm of ['oidc', 'oauth2'] as const) {
      const response = await oauth4webapi.discoveryRequest(url, { ...insecure, algorithm });
      const as = await oauth4webapi.processDiscoveryResponse(url, response);
      expect(as.token_endpoint).toBe(`${issuer}/token`);
    }
    const options = { execute: [openid.allowInsecureRequests] };
    const config = await openid.discovery(url, webapp.id, webapp.secret, undefined, options);
    expect(config.serverMetadata().issuer).toBe(issuer);
    expect(await discoverAuthorizationServerMetadata(issuer)).toMatchObject({ issuer });
  });

  test('keys are where the metadata says, for pages of every origin', async () => {
    const { issuer } = await start();
    const response = await fetch(`${issuer}/jwks`, { headers: { origin: 'https://app.example' } });
    expect(await response.json()).toMatchObject({ keys: expect.arrayContaining([]) });
    expect(response.headers.get('access-control-allow-origin')).not.toBeNull();
  });

  test('a browser goes through the pages, and its cookies stay below the path', async () => {
    const server = await start();
    const browser = new UserAgent(server.issuer);
    const seen = new Set<string>();
    const remember = () => {
      for (const { path } of browser.cookies) seen.add(path);
    };
    const signIn = await browser.open(
      authorizationUrl(server.issuer, thirdParty, { scope: 'openid current_time' }),
    );
    remember();
    expect(signIn.heading).toBe('Sign in');
    expect(signIn.url.pathname).toMatch(/^\/auth\/interaction\/[\w-]+$/);
    for (const [, address] of signIn.html.matchAll(/(?:action|href|src)="([^"]*)"/g)) {
      expect(address).toMatch(/^\/auth\/interaction\//);
    }
    const wrong = await signIn.press('Sign in', { username: 'alice', password: '' });
    expect(wrong.response.status).toBe(400);
    const consent = await wrong.press('Sign in', { username: 'alice', password: 'wonderland' });
    remember();
    expect(consent.heading).toMatch(/^Allow /);
    const { code = '', iss } = answerAt(await consent.press('Allow'));
    remember();
    expect(iss).toBe(server.issuer);
    const tokens = await tokensOf(await redeem(server, code));
    expect(await isActive(server, tokens.access_token)).toBe(true);
    expect([...seen].filter((path) => path !== PATH && !path.startsWith(`${PATH}/`))).toEqual([]);
    expect(browser.cookies.map(({ name }) => name)).toContain('_session');
    // The session is known at the next request.
    const again = await browser.open(authorizationUrl(server.issuer, thirdParty));
    expect(again.target?.searchParams.get('code')).toBeTruthy();
  });

  test('a refused form can be opened again', async () => {
    const { issuer } = await start();
    const browser = new UserAgent(issuer);
    const page = await browser.open(authorizationUrl(issuer, thirdParty));
    const again = await browser.open(`${page.url.href}/sign-in`);
    expect([again.heading, again.url.href]).toEqual(['Sign in', page.url.href]);
  });

  test('an authorization request that is posted comes again below the path', async () => {
    const { issuer } = await start();
    const { searchParams } = authorizationUrl(issuer, thirdParty);
    const page = await new UserAgent(issuer).open(`${issuer}/authorize`, {
      method: 'POST',
      body: searchParams,
    });
    expect(page.heading).toBe('Sign in');
  });

  test('who signs out is signed out', async () => {
    const server = await start();
    const browser = new UserAgent(server.issuer);
    await tokensFor(server, thirdParty, {}, browser);
    const done = await (await browser.open(`${server.issuer}/logout`)).press('Sign out');
    expect(done.heading).toBe('You are signed out');
    expect(browser.cookies.map(({ name }) => name)).not.toContain('_session');
    expect((await browser.open(authorizationUrl(server.issuer, thirdParty))).heading).toBe('Sign in');
  });

  test('tokens are issued, refreshed, shown at userinfo, introspected and revoked', async () => {
    const server = await start();
    const token = await accessToken(await server.requestToken({ scope: 'current_time' }));
    expect(await isActive(server, token)).toBe(true);
    expect((await server.revoke(token)).status).toBe(200);
    expect(await isActive(server, token)).toBe(false);

    const tokens = await tokensFor(server, thirdParty, { scope: 'openid offline_access', prompt: 'consent' });
    const userinfo = await fetch(`${server.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(await userinfo.json()).toMatchObject({ sub: 'alice' });
    await tokensOf(await refresh(server, tokens.refresh_token));
  });

  test('a device is connected where it says', async () => {
    const server = await start();
    const { device, poll, browser } = await begin(server, cli);
    expect(device.verification_uri).toBe(`${server.issuer}/device`);
    const confirm = await browser.open(device.verification_uri_complete);
    expect((await agree(await confirmDevice(confirm))).heading).toBe('Your device is connected');
    await tokensOf(await poll());
  });

  test('a pushed request is authorized', async () => {
    const server = await start();
    const { searchParams } = authorizationUrl(server.issuer, thirdParty);
    const response = await server.post('/par', [...searchParams], thirdParty);
    const { request_uri } = (await response.json()) as { request_uri: string };
    const url = `${server.issuer}/authorize?${new URLSearchParams({ client_id: thirdParty.id, request_uri })}`;
    expect((await new UserAgent(server.issuer).open(url)).heading).toBe('Sign in');
  });

  test('a client registers itself, and manages its registration where it is told', async () => {
    const { issuer } = await start();
    const response = await fetch(`${issuer}/register`, {
      method: 'POST',
      headers: { authorization: `Bearer ${INITIAL_ACCESS_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(metadata),
    });
    const client = (await response.json()) as Registered;
    expect(client.registration_client_uri).toBe(`${issuer}/register/${client.client_id}`);
    const read = await fetch(client.registration_client_uri, {
      headers: { authorization: `Bearer ${client.registration_access_token}` },
    });
    expect(await read.json()).toMatchObject({ redirect_uris: [redirectUri] });
  });

  test('a DPoP proof names the endpoint by its whole URL', async () => {
    const server = await start();
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const jwk = await exportJWK(publicKey);
    const prove = (htu: string) =>
      new SignJWT({ htu, htm: 'POST', jti: randomUUID(), iat: Math.floor(Date.now() / 1000) })
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
        .sign(privateKey);
    const ask = async (htu: string) =>
      fetch(`${server.issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${batch.id}:${batch.secret}`)}`, dpop: await prove(htu) },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      });
    expect(await (await ask(`${server.issuer}/token`)).json()).toMatchObject({ token_type: 'DPoP' });
    await expectRefusal(await ask(`${new URL(server.issuer).origin}/token`), 400, 'invalid_dpop_proof');
  });

  test('its health is below the path, and for probes of the service itself at the root', async () => {
    const { issuer, direct } = await start();
    for (const path of ['/health/live', '/health/ready']) {
      expect((await fetch(issuer + path)).status).toBe(200);
      expect((await get(direct, path, '10.1.2.3:5001')).status).toBe(200);
    }
  });

  test('the metrics name the same routes as without a path', async () => {
    const server = await start();
    await server.requestToken();
    await server.introspect('no token');
    await fetch(`${server.issuer}/health/ready`);
    const text = await server.metrics.text();
    for (const route of ['token', 'introspection', '/health/ready']) {
      expect(text).toContain(`http_server_request_duration_seconds_count{route="${route}"`);
    }
  });
});

describe('by its own address an issuer with a path', () => {
  const start = async (settings: Record<string, string> = {}) => {
    const issuer = 'https://auth.example/auth';
    const { issuer: direct } = await startAuthServer({
      ISSUER: issuer,
      ALLOWED_HOSTS: 'inner:5001',
      ...settings,
    });
    return { issuer, ask: (target: string, host = 'auth.example') => get(direct, target, host) };
  };

  test.each([
    '/',
    '/token',
    '/authorize',
    '/jwks',
    '/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server',
    '/.well-known/oauth-authorization-server/other',
    '/.well-known/oauth-authorization-server/auth/more',
    '/.well-known/jwks/auth',
    '/auth',
    '/authx/jwks',
    '/AUTH/jwks',
    '/auth/auth/jwks',
    '//auth/jwks',
    '/x/../auth/jwks',
    '/%61uth/jwks',
    '/interaction/x',
  ])('has nothing at %s', async (target) => {
    const { ask } = await start();
    expect((await ask(target)).status).toBe(404);
  });

  test.each([
    '/auth/jwks',
    '/.well-known/oauth-authorization-server/auth/',
    '/auth/.well-known/openid-configuration?x=/',
  ])('answers at %s', async (target) => {
    const { ask } = await start();
    expect((await ask(target)).status).toBe(200);
  });

  test('says at a wrong path where it is', async () => {
    const { ask, issuer } = await start();
    expect((await ask('/token')).body).toContain(issuer);
  });

  test('has the path at every host that is allowed', async () => {
    const { ask } = await start();
    const { body } = await ask('/auth/.well-known/openid-configuration', 'inner:5001');
    expect(JSON.parse(body)).toMatchObject({ jwks_uri: 'http://inner:5001/auth/jwks' });
    expect((await ask('/auth/jwks', 'inner:5001')).status).toBe(200);
  });

  test('behind a proxy that removes the path has no second address for an endpoint', async () => {
    const { ask } = await start({ PROXY_STRIPS_PATH: 'on' });
    expect((await ask('/jwks')).status).toBe(200);
    expect((await ask('/auth/jwks')).status).toBe(404);
    // Whoever asks at another name does not come through the proxy.
    expect((await ask('/auth/jwks', 'inner:5001')).status).toBe(200);
    expect((await ask('/jwks', 'inner:5001')).status).toBe(404);
  });
});

describe('X-Forwarded-Prefix', () => {
  const environment = { ISSUER: 'http://auth.example/outer/auth' };
  const trusting = { ...environment, TRUSTED_PROXIES: '127.0.0.1' };
  const ask = async (settings: Record<string, string>, target: string, prefix: string) => {
    const { issuer: direct } = await startAuthServer(settings);
    const headers = { 'x-forwarded-prefix': prefix, 'x-forwarded-host': 'auth.example' };
    return (await fetch(`${direct}${target}`, { headers })).status;
  };

  test.each([
    ['the whole path', '/outer/auth', '/jwks'],
    ['the whole path, with a slash', '/outer/auth/', '/jwks'],
    ['a part of the path', '/outer', '/auth/jwks'],
    ['nothing', '/', '/outer/auth/jwks'],
    ['nothing of ours', '/elsewhere', '/outer/auth/jwks'],
  ])('of a trusted proxy tells that it has removed %s', async (_what, prefix, target) => {
    expect(await ask(trusting, target, prefix)).toBe(200);
  });

  test('of two proxies is put together', async () => {
    const settings = { ...trusting, TRUSTED_PROXIES: '127.0.0.1,10.0.0.1' };
    const { issuer: direct } = await startAuthServer(settings);
    const headers = {
      'x-forwarded-prefix': '/outer, /auth',
      'x-forwarded-host': 'auth.example',
      'x-forwarded-for': '192.0.2.1, 10.0.0.1',
    };
    expect((await fetch(`${direct}/jwks`, { headers })).status).toBe(200);
  });

  test.each([
    ['a path that was not removed', '/outer/auth', '/outer/auth/jwks'],
    ['another path', '/elsewhere', '/jwks'],
    ['more than the path', '/outer/auth/jwks?x=', '/token'],
    ['half a name', '/outer/au', 'th/jwks'],
    ['a path and a host', '//evil.example/outer/auth', '/jwks'],
  ])('with %s does not lead to an endpoint', async (_what, prefix, target) => {
    expect(await ask(trusting, target.replace(/^(?!\/)/, '/'), prefix)).toBe(404);
  });

  test('of a stranger is ignored', async () => {
    const { issuer: direct } = await startAuthServer({ ...environment, ALLOWED_HOSTS: '' });
    const headers = ['X-Forwarded-Prefix: /outer/auth', 'Connection: close'];
    const { status } = await get(direct, '/jwks', `auth.example\r\n${headers.join('\r\n')}`);
    expect(status).toBe(404);
  });
});

describe('the settings', () => {
  test.each([
    'https://auth.example',
    'https://auth.example/',
    'https://auth.example/auth',
    'https://auth.example/auth/',
    'https://auth.example/realms/my-realm_1.0~',
  ])('take the issuer %s', (ISSUER) => {
    expect(settingsSchema.parse({ ISSUER }).ISSUER).toBe(ISSUER);
  });

  test.each([
    'https://auth.example//auth',
    'https://auth.example/auth//',
    'https://auth.example/auth/..',
    'https://auth.example/./auth',
    'https://auth.example/a%20b',
    'https://auth.example/a b',
    'https://auth.example/a;b',
    'https://auth.example/ä',
  ])('refuse the issuer %s, which proxies and clients do not all write alike', (ISSUER) => {
    expect(faultsOf(settingsSchema, { ISSUER })).toEqual([
      expect.stringMatching(/^ISSUER: must have no path, or/),
    ]);
  });

  test.each([undefined, 'https://auth.example', 'https://auth.example/'])(
    'refuse PROXY_STRIPS_PATH where the issuer has no path: %s',
    (ISSUER) => {
      expect(faultsOf(settingsSchema, { PROXY_STRIPS_PATH: 'on', ...(ISSUER && { ISSUER }) })).toEqual([
        expect.stringMatching(/^PROXY_STRIPS_PATH: /),
      ]);
    },
  );
});
