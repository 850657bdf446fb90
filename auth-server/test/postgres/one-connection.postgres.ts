/** No request needs two connections: every route answers with a pool of one, in which a second would not be had in time. */
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ROUTES } from '../../src/oidc/endpoints.ts';
import { emptyDatabase } from '../stores/empty-database.ts';
import {
  api,
  authorizationUrl,
  confirmDevice,
  pkce,
  type Tokens,
  thirdParty,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';
import { createDatabase } from './support/server.ts';
import { ADMIN_RESOURCE, console_, PASSWORD, startWithUsers } from './support/with-users.ts';

const INITIAL_ACCESS_TOKEN = 'kW8fQ2mZp4Lx7Rt1';
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** The library's routes that follow on those that have a path of their own. */
const STEPS = [
  'resume',
  'device_resume',
  'end_session_confirm',
  'end_session_success',
  'client',
  'client_update',
  'client_delete',
];

const created = createDatabase();
let url: string;
beforeAll(async () => {
  url = await created;
});
beforeEach(() => emptyDatabase(url));

/** Clients that authenticate by assertions (RFC 7523), each of which is stored: they write before they do anything else. */
async function startWithSigners(environment: Record<string, string> = {}) {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const signer = {
    client_id: 'signer',
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] },
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials', DEVICE_GRANT],
    redirect_uris: ['https://signer.example/callback'],
    always_issue_refresh_token: true,
    resource: api,
  };
  const firstParty = { ...signer, client_id: 'first', grant_types: ['password'], first_party: true };
  const server = await startWithUsers(url, { INITIAL_ACCESS_TOKEN, ...environment }, [
    signer,
    { ...firstParty, response_types: [], redirect_uris: [] },
  ]);
  const signed = (claims: object, header: object) =>
    new SignJWT({ jti: randomUUID(), ...claims })
      .setProtectedHeader({ alg: 'ES256', ...header })
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(privateKey);

  /** Posts a form as one of the clients, with a DPoP proof (RFC 9449) where it is told to. */
  async function post(path: string, form: Record<string, string>, client = 'signer', proves = false) {
    const assertion = await signed({ iss: client, sub: client, aud: server.issuer }, {});
    const proof = await signed(
      { htm: 'POST', htu: `${server.issuer}${path}` },
      { typ: 'dpop+jwt', jwk: await exportJWK(publicKey) },
    );
    return fetch(`${server.issuer}${path}`, {
      method: 'POST',
      body: new URLSearchParams({
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
        ...form,
      }),
      headers: proves ? { dpop: proof } : {},
    });
  }
  return { server, post, client: { id: 'signer', redirectUri: signer.redirect_uris[0] as string } };
}

type Signers = Awaited<ReturnType<typeof startWithSigners>>;

const credentials = { username: 'alice', password: PASSWORD };

/** Opens the page of an address, as far as it goes without a user, and does what its user does there. */
async function signInAndAllow(page: Page): Promise<Page> {
  const consent = await page.press('Sign in', credentials);
  return consent.heading?.startsWith('Allow ') ? consent.press('Allow') : consent;
}

async function tokensByCode({ server, post, client }: Signers, proves = false): Promise<Tokens> {
  const pushed = await post(ROUTES.pushed_authorization_request, {
    ...Object.fromEntries(
      authorizationUrl(server.issuer, client, { scope: 'openid current_time' }).searchParams,
    ),
  });
  const { request_uri } = (await pushed.json()) as { request_uri: string };
  expect(pushed.status).toBe(201);
  const address = new URL(ROUTES.authorization, server.issuer);
  address.search = String(new URLSearchParams({ client_id: client.id, request_uri }));
  const { target } = await signInAndAllow(await new UserAgent(server.issuer).open(address));
  const form = {
    grant_type: 'authorization_code',
    code: target?.searchParams.get('code') ?? '',
    redirect_uri: client.redirectUri,
    code_verifier: pkce.verifier,
  };
  const tokens = await tokensOf(await post('/token', form, client.id, proves));
  // Whoever uses it twice loses what it gave.
  if (!proves) return tokens;
  expect((await post('/token', form, client.id, proves)).status).toBe(400);
  return tokens;
}

describe('with a pool of one connection', () => {
  const ONE = { DATABASE_CONNECTIONS: '1' };

  test('every route of the issuer answers', async () => {
    const signers = await startWithSigners(ONE);
    const { server, post, client } = signers;
    const get = (path: string, headers: Record<string, string> = {}) =>
      fetch(`${server.issuer}${path}`, { headers });
    const status = async (answer: Promise<Response>) => (await answer).status;

    expect(await status(get('/jwks'))).toBe(200);
    expect(await status(get('/.well-known/openid-configuration'))).toBe(200);
    expect(await status(get('/health/ready'))).toBe(200);

    await tokensByCode(signers, true);
    const tokens = await tokensByCode(signers);
    const refreshed = await tokensOf(
      await post('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }),
    );
    expect(await status(post('/introspect', { token: refreshed.access_token }))).toBe(200);
    expect(await status(post('/introspect', { token: refreshed.refresh_token }))).toBe(200);
    const ofClient = await tokensOf(
      await post('/token', { grant_type: 'client_credentials' }, 'signer', true),
    );
    expect(await status(post('/introspect', { token: ofClient.access_token }))).toBe(200);
    expect(await status(post('/revoke', { token: ofClient.access_token }))).toBe(200);
    expect(await status(post('/revoke', { token: refreshed.access_token }))).toBe(200);
    const used = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    expect(await status(post('/token', used))).toBe(400);
    expect(await status(post('/revoke', { token: refreshed.refresh_token }))).toBe(200);

    const password = { grant_type: 'password', ...credentials };
    expect(await status(post('/token', password, 'first'))).toBe(200);
    expect(await status(post('/token', { ...password, password: 'another' }, 'first'))).toBe(400);

    const browser = new UserAgent(server.issuer);
    const opaque = await tokensFor(server, thirdParty, { scope: 'openid' }, browser);
    const authorization = `Bearer ${opaque.access_token}`;
    expect(await status(get('/userinfo', { authorization }))).toBe(200);
    expect(await status(server.introspect(opaque.access_token, thirdParty))).toBe(200);
    expect(await status(server.revoke(opaque.access_token, thirdParty))).toBe(200);
    const signIn = await new UserAgent(server.issuer).open(authorizationUrl(server.issuer, client));
    expect((await signIn.press('Sign in', { ...credentials, password: 'another' })).response.status).toBe(
      400,
    );
    expect((await signIn.press('Cancel')).target?.searchParams.get('error')).toBe('access_denied');
    const posted = await fetch(`${server.issuer}/authorize`, {
      method: 'POST',
      body: authorizationUrl(server.issuer, client).searchParams,
      redirect: 'manual',
    });
    expect(posted.status).toBe(303);

    const device = await post('/device_authorization', { scope: 'current_time' });
    const { device_code, user_code } = (await device.json()) as Record<string, string>;
    const poll = () => post('/token', { grant_type: DEVICE_GRANT, device_code: String(device_code) });
    expect(await status(poll())).toBe(400);
    const entry = await new UserAgent(server.issuer).open('/device');
    const again = await entry.press('Continue', { user_code: 'BBBB-BBBB' });
    expect(again.heading).toBe('Connect a device');
    const confirm = await again.press('Continue', { user_code: String(user_code) });
    expect((await signInAndAllow(await confirmDevice(confirm))).heading).toBe('Your device is connected');
    expect(await status(poll())).toBe(200);

    const logout = await browser.open('/logout');
    expect((await logout.press('Sign out')).response.status).toBe(200);

    const manage = (method: string, path: string, token: string, body?: object) =>
      fetch(new URL(path, server.issuer), {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
    const metadata = { redirect_uris: ['https://newcomer.example/callback'] };
    const registration = await manage('POST', '/register', INITIAL_ACCESS_TOKEN, metadata);
    expect(registration.status).toBe(201);
    const known = (await registration.json()) as Record<string, string>;
    const address = String(known.registration_client_uri);
    const token = String(known.registration_access_token);
    expect(await status(manage('GET', address, token))).toBe(200);
    const changed = await manage('PUT', address, token, {
      ...metadata,
      client_id: known.client_id,
      client_secret: known.client_secret,
    });
    expect(changed.status).toBe(200);
    const { registration_access_token: next } = (await changed.json()) as Record<string, string>;
    expect(await status(manage('DELETE', address, next ?? token))).toBe(204);

    expect(await server.routes()).toEqual(expect.arrayContaining([...Object.keys(ROUTES), ...STEPS]));
  }, 60_000);

  test('every operation of the admin API answers', async () => {
    const { server } = await startWithSigners(ONE);
    const document = (await (await fetch(`${server.adminApi}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const driven = new Set<string>();
    let tokens = await server.consoleTokens();
    const call = async (
      operation: string,
      values: Record<string, string> = {},
      { body, version, own = false }: { body?: unknown; version?: string | null; own?: boolean } = {},
    ) => {
      driven.add(operation);
      const [method = '', path = ''] = operation.split(' ');
      const answer = await server.call(
        method,
        path.replace(/\{(\w+)\}/g, (_, name) => String(values[name])),
        {
          body,
          ...(own && { token: tokens.access_token }),
          ...(version && { headers: { 'if-match': version } }),
        },
      );
      const text = await answer.text();
      expect(answer.status, `${operation}: ${text}`).toBeLessThan(300);
      const parsed = text === '' ? {} : JSON.parse(text);
      return {
        body: parsed as Record<string, string> & { items: { id: string }[] },
        etag: answer.headers.get('etag'),
      };
    };
    const own = { own: true };

    const me = await call('GET /me', {}, own);
    await call('PATCH /me', {}, { ...own, version: me.etag, body: { display_name: 'Alice' } });
    const passwords = { current_password: PASSWORD, new_password: 'correct horse battery' };
    await call('GET /me/grants', {}, own);
    const sessions = await call('GET /me/sessions', {}, own);
    await call('DELETE /me/sessions/{session}', { session: String(sessions.body.items[0]?.id) }, own);
    tokens = await server.consoleTokens();
    const grants = await call('GET /me/grants', {}, own);
    await call('DELETE /me/grants/{grant}', { grant: String(grants.body.items[0]?.id) }, own);
    tokens = await server.consoleTokens();
    await call('PUT /me/password', {}, { ...own, body: passwords });

    const id = server.alice;
    await call('GET /users');
    await call('POST /users', {}, { body: { username: 'robert', password: 'correct horse battery' } });
    await call('PUT /users/{id}/password', { id }, { body: { password: 'another good one' } });
    const user = await call('GET /users/{id}', { id });
    const versioned = { version: user.etag, body: { status: 'disabled' } };
    const disabled = await call('PATCH /users/{id}', { id }, versioned);
    await call('PATCH /users/{id}', { id }, { version: disabled.etag, body: { status: 'active' } });
    await call('PUT /users/{id}/password', { id }, { body: { password: 'wonderland again' } });
    const browser = new UserAgent(server.issuer);
    const page = await browser.open(
      authorizationUrl(server.issuer, console_, { scope: 'profile:read', resource: ADMIN_RESOURCE }),
    );
    await (await page.press('Sign in', { username: 'alice', password: 'wonderland again' })).press('Allow');
    const theirs = await call('GET /users/{id}/sessions', { id });
    const given = await call('GET /users/{id}/grants', { id });
    const [session, grant] = [String(theirs.body.items[0]?.id), String(given.body.items[0]?.id)];
    await call('DELETE /users/{id}/grants/{grant}', { id, grant });
    await call('DELETE /users/{id}/sessions/{session}', { id, session });

    const client = await call('POST /clients', {}, { body: { redirect_uris: ['https://app.example/'] } });
    const of = { id: String(client.body.client_id) };
    await call('GET /clients');
    const read = await call('GET /clients/{id}', of);
    await call('PATCH /clients/{id}', of, { version: read.etag, body: { client_name: 'App' } });
    const secret = await call('POST /clients/{id}/secrets', of);
    const removed = await call('DELETE /clients/{id}/secrets/{secret}', {
      ...of,
      secret: String(secret.body.id),
    });
    await call('DELETE /clients/{id}', of, { version: removed.etag });

    const orders = { resource: 'https://orders.example.com', name: 'Orders', scopes: { read: 'See orders' } };
    const defined = await call('POST /apis', {}, { body: orders });
    const api = { id: String(defined.body.id) };
    await call('GET /apis');
    const shown = await call('GET /apis/{id}', api);
    const scopes = { read: null, write: 'Change orders' };
    const changed = await call('PATCH /apis/{id}', api, { version: shown.etag, body: { scopes } });
    await call('DELETE /apis/{id}', api, { version: changed.etag });

    await call('GET /keys');
    await call('POST /keys/rotations', {}, { body: { at: 'published' } });
    await call('GET /audit');
    await call('GET /health/live');
    await call('GET /health/ready');
    expect([...driven].sort()).toEqual(
      expect.arrayContaining(operations.filter((name) => !ABOUT.test(name))),
    );
  }, 60_000);
});

/** What is for everyone and asks no database. */
const ABOUT = /openapi\.json|\.well-known|\/docs/;

test('thirty introspections at once, by a client that signs its assertions, are all answered', async () => {
  const { server, post } = await startWithSigners();
  const { access_token } = await tokensOf(
    await post('/token', { grant_type: 'password', ...credentials }, 'first'),
  );
  for (let round = 0; round < 3; round += 1) {
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => post('/introspect', { token: access_token })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  }
  expect(server.lines.filter(({ event }) => event === 'request.unavailable')).toEqual([]);
});
