/** Open registration (RFC 7591 §3): what clients of strangers may be. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expectRefusal, temporaryFile } from '../support/auth-server.ts';
import {
  answerAt,
  authorizationUrl,
  isActive,
  postAs,
  refresh,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { INITIAL_ACCESS_TOKEN, type Registered } from '../support/registry.ts';
import { codeClientOf, loopback, startOpen, tool } from '../support/strangers.ts';
import { UserAgent } from '../support/user-agent.ts';

const offline = { scope: 'openid offline_access current_time', prompt: 'consent' };

test('a stranger registers a public client, which gets tokens with the consent of a user and refreshes them', async () => {
  const { server, register } = await startOpen();
  const response = await register();
  expect(response.status).toBe(201);
  expect(response.headers.get('content-type')).toMatch(/^application\/json\b/);
  expect(response.headers.get('cache-control')).toBe('no-store');
  const client = (await response.json()) as Registered;
  expect(client).toMatchObject({ ...tool, application_type: 'native' });
  expect(client).not.toHaveProperty('client_secret');
  expect(client).not.toHaveProperty('client_secret_expires_at');
  expect(Math.abs(Number(client.client_id_issued_at) - Date.now() / 1_000)).toBeLessThan(10);

  const codeClient = codeClientOf(client);
  const page = await new UserAgent(server.issuer).open(authorizationUrl(server.issuer, codeClient, offline));
  const consent = await page.press('Sign in', { username: 'alice', password: 'wonderland' });
  expect(consent.heading).toMatch(/^Allow Tool/);
  const tokens = await tokensFor(server, codeClient, offline);
  expect(await isActive(server, tokens.access_token)).toBe(true);
  const next = await tokensOf(await refresh(server, tokens.refresh_token, codeClient));
  expect(next.refresh_token).not.toBe(tokens.refresh_token);
});

test('open registration is advertised, and needs no token', async () => {
  const { server } = await startOpen();
  const metadata = await (await fetch(`${server.issuer}/.well-known/oauth-authorization-server`)).json();
  expect(metadata).toMatchObject({
    registration_endpoint: `${server.issuer}/register`,
    token_endpoint_auth_methods_supported: expect.arrayContaining(['none']),
  });
});

describe('a stranger gets', () => {
  test.each([undefined, 'client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none', 7])(
    'a public client and no secret when the authentication method is %s',
    async (token_endpoint_auth_method) => {
      const { server, registered } = await startOpen();
      const client = await registered({ ...tool, token_endpoint_auth_method });
      expect(client).toMatchObject({ token_endpoint_auth_method: 'none' });
      expect(client).not.toHaveProperty('client_secret');
      await tokensFor(server, codeClientOf(client));
    },
  );

  test('of the grants and response types that it asks for those that strangers may have', async () => {
    const { server, registered } = await startOpen();
    const grants = ['refresh_token', 'client_credentials', 'authorization_code', 'password', 'implicit'];
    const client = await registered({ ...tool, grant_types: grants, response_types: ['code', 'token'] });
    expect(client).toMatchObject({
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    });
    for (const grant_type of [
      'client_credentials',
      'password',
      'urn:ietf:params:oauth:grant-type:device_code',
    ]) {
      const form = { grant_type, username: 'alice', password: 'wonderland', device_code: 'any' };
      const response = await postAs(server, { id: client.client_id }, '/token', form);
      expect(await response.json()).toMatchObject({ error: 'unauthorized_client' });
    }
  });

  test('the code flow alone when it names no grants', async () => {
    const { registered } = await startOpen();
    const client = await registered({ redirect_uris: [loopback] });
    expect(client).toMatchObject({ grant_types: ['authorization_code'], response_types: ['code'] });
  });

  test.each([
    { first_party: true },
    { first_party: 'yes' },
    { admin: true },
    { resource: 'http://localhost:5002' },
    { require_pkce: false },
    { always_issue_refresh_token: true },
    { claims_in_id_token: true },
    { access_token_ttl: 86_400 },
    { client_secret: 'mine', client_secret_expires_at: 1 },
    { client_secret_hashes: ['mine'] },
    { workload_identities: [{}] },
    { id_token_signed_response_alg: 'HS256' },
    { subject_type: 'pairwise' },
    { jwks: { keys: [{ kty: 'oct', k: 'AA' }] } },
    { jwks: 7 },
    { registration_access_token: 'mine' },
    { scope: 'admin:made-up' },
    { made_up: { deep: [1] } },
    { client_id: '1234' },
  ])('nothing by %j, which is ignored', async (member) => {
    const { server, registered } = await startOpen();
    const client = await registered({ ...tool, ...member });
    const [[name, value]] = Object.entries(member) as [[string, unknown]];
    expect(client[name]).not.toEqual(value);
    const page = await new UserAgent(server.issuer).open(
      authorizationUrl(server.issuer, codeClientOf(client)),
    );
    expect(page.heading).toBe('Sign in');
  });
});

describe('a registration of a stranger is refused', () => {
  test.each([
    [{ grant_types: ['client_credentials'] }, 'invalid_client_metadata'],
    [{ grant_types: ['refresh_token'] }, 'invalid_client_metadata'],
    [{ grant_types: 'authorization_code' }, 'invalid_client_metadata'],
    [{ response_types: ['token'] }, 'invalid_client_metadata'],
    [{ response_types: 7 }, 'invalid_client_metadata'],
    [{ application_type: 'other' }, 'invalid_client_metadata'],
    [{ client_name: '\u202e' }, 'invalid_client_metadata'],
    [{ client_name: 'x'.repeat(201) }, 'invalid_client_metadata'],
    [{ client_uri: 'x'.repeat(9_000) }, 'invalid_client_metadata'],
    [{ redirect_uris: [] }, 'invalid_redirect_uri'],
    [{ redirect_uris: undefined }, 'invalid_redirect_uri'],
    [{ redirect_uris: 'https://app.example/' }, 'invalid_redirect_uri'],
    [{ redirect_uris: ['http://app.example/callback'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: ['http://localhost.app.example/'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: ['tool://callback'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: ['https://app.example/#fragment'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: [7] }, 'invalid_redirect_uri'],
  ])('for %j', async (member, error) => {
    const { register } = await startOpen();
    await expectRefusal(await register({ ...tool, ...member }), 400, error);
  });

  test('that is no JSON object', async () => {
    const { register } = await startOpen();
    for (const body of [[], 'text', null])
      await expectRefusal(await register(body as object), 400, 'invalid_request');
  });
});

describe('the application type', () => {
  const web = 'https://app.example/callback';
  test.each([
    ['native', [loopback]],
    ['native', ['http://localhost:6274/oauth/callback', 'http://localhost:6274/oauth/callback/debug']],
    ['native', ['http://[::1]/callback']],
    ['native', ['com.example.tool:/callback']],
    ['native', [web, 'http://127.0.0.1/', 'http://127.0.0.1:33418/']],
    ['web', [web]],
    ['web', ['http://tool.localhost:3000/callback']],
  ])('is %s for %j, unless the client says which', async (application_type, redirect_uris) => {
    const { registered } = await startOpen();
    expect(await registered({ ...tool, redirect_uris })).toMatchObject({ application_type, redirect_uris });
  });

  test('is what the client says', async () => {
    const { registered } = await startOpen();
    expect(await registered({ ...tool, application_type: 'web' })).toMatchObject({ application_type: 'web' });
  });

  test.each(['127.0.0.1', 'localhost'])('lets a tool at %s listen on any port', async (host) => {
    const { server, registered } = await startOpen();
    const client = codeClientOf(
      await registered({ ...tool, redirect_uris: [`http://${host}:1234/callback`] }),
    );
    await tokensFor(server, { ...client, redirectUri: `http://${host}:40000/callback` });
    const url = authorizationUrl(server.issuer, { ...client, redirectUri: `http://${host}:1234/other` });
    expect((await new UserAgent(server.issuer).open(url)).response.status).toBe(400);
  });
});

test('nothing that a stranger registers has this server send a request', async () => {
  const { registered, server } = await startOpen();
  let asked = 0;
  const listener = createServer((_request, response) => {
    asked += 1;
    response.end('[]');
  });
  await new Promise<void>((listening) => listener.listen(0, listening));
  onTestFinished(() => void listener.close());
  const url = `https://localhost:${(listener.address() as AddressInfo).port}/`;
  const fetched =
    'sector_identifier_uri jwks_uri backchannel_logout_uri backchannel_client_notification_endpoint initiate_login_uri';
  const members = Object.fromEntries(fetched.split(' ').map((name) => [name, url]));
  const client = await registered({ ...tool, ...members, request_uris: [url] });
  for (const name of [...fetched.split(' '), 'request_uris']) expect(client).not.toHaveProperty(name);
  await tokensFor(server, codeClientOf(client));
  expect(asked).toBe(0);
});

test('what a client of a stranger may ask for is said by the APIs, and not by the scope that it registered', async () => {
  const { server, registered } = await startOpen({
    APIS_FILE: await temporaryFile([
      {
        resource: 'https://notes.example',
        name: 'Notes',
        scopes: { 'notes:read': 'See your notes', 'notes:write': 'Change them', 'notes:drop': 'Drop them' },
        default_scopes: ['notes:read', 'notes:write'],
      },
    ]),
  });
  const registration = await registered({ ...tool, scope: 'notes:read notes:drop' });
  expect(registration).not.toHaveProperty('scope');
  const client = codeClientOf(registration);
  const scope = 'notes:read notes:write';
  expect((await tokensFor(server, client, { scope })).scope).toBe(scope);
  const url = authorizationUrl(server.issuer, client, { scope: 'notes:drop' });
  expect(answerAt(await new UserAgent(server.issuer).open(url), client)).toMatchObject({
    error: 'invalid_scope',
  });
});

test('a client of a stranger with the grant gets refresh tokens without asking for them, and its user is told', async () => {
  const { server, registered } = await startOpen();
  const client = codeClientOf(await registered());
  const browser = new UserAgent(server.issuer);
  const page = await browser.open(authorizationUrl(server.issuer, client));
  const consent = await page.press('Sign in', { username: 'alice', password: 'wonderland' });
  expect(consent.items).toContain('Keep this access while you are away');
  const { refresh_token } = await tokensFor(server, client);
  await tokensOf(await refresh(server, refresh_token, client));
});

test('a client of a stranger must use PKCE', async () => {
  const { server, registered } = await startOpen();
  const client = codeClientOf(await registered());
  const without = { code_challenge: undefined, code_challenge_method: undefined };
  const url = authorizationUrl(server.issuer, client, without);
  expect(answerAt(await new UserAgent(server.issuer).open(url), client)).toMatchObject({
    error: 'invalid_request',
  });
});

describe('where there is an initial access token beside open registration', () => {
  const withToken = () => startOpen({ INITIAL_ACCESS_TOKEN });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  test('whoever has it registers more than strangers', async () => {
    const { registered } = await withToken();
    const confidential = { redirect_uris: ['https://app.example/'], grant_types: ['authorization_code'] };
    expect(await registered(confidential, bearer(INITIAL_ACCESS_TOKEN))).toMatchObject({
      token_endpoint_auth_method: 'client_secret_basic',
      client_secret: expect.any(String),
    });
    expect(await registered(confidential)).toMatchObject({ token_endpoint_auth_method: 'none' });
  });

  test.each(['Bearer wrong', 'Bearer ', 'Basic eDp5', 'Bearer'])(
    'whoever sends %j is refused, and is no stranger',
    async (authorization) => {
      const { register } = await withToken();
      const response = await register(tool, { authorization });
      expect([400, 401]).toContain(response.status);
      expect(await response.json()).not.toHaveProperty('client_id');
    },
  );

  test('a registration of a stranger lets nobody guess the token at its address', async () => {
    const { register } = await withToken();
    const told: number[] = [];
    for (let nth = 0; nth < 21; nth += 1) {
      expect((await register()).status).toBe(201);
      told.push((await register(tool, bearer(`guess-${nth}`))).status);
    }
    expect(told).toEqual([...Array(20).fill(401), 429]);
    expect((await register()).status).toBe(201);
  });
});

test.each([
  [{ REGISTRATION: 'token', INITIAL_ACCESS_TOKEN }, [400, 401]],
  [{ INITIAL_ACCESS_TOKEN }, [400, 401]],
  [{ REGISTRATION: 'off', INITIAL_ACCESS_TOKEN }, [404]],
])('with %j no stranger registers a client', async (environment, statuses) => {
  const { REGISTRATION = 'token' } = environment as { REGISTRATION?: string };
  const { register } = await startOpen({ ...environment, REGISTRATION });
  expect(statuses).toContain((await register()).status);
});

test.each(['/%72egister', '/register%2f', '//register', '/./register', '/REGISTER/', '/register;x'])(
  'no way of writing the path makes more of a stranger: %s',
  async (path) => {
    const { server } = await startOpen();
    const response = await fetch(server.issuer + path, {
      method: 'POST',
      body: JSON.stringify({ redirect_uris: ['https://app.example/'] }),
      headers: { 'content-type': 'application/json' },
    });
    const answer = await response.text();
    expect(answer).not.toContain('client_secret');
    if (response.status === 201)
      expect(JSON.parse(answer)).toMatchObject({ token_endpoint_auth_method: 'none' });
  },
);

describe('the page of any site', () => {
  const origin = 'https://inspector.example';
  test('registers a client', async () => {
    const { register, server } = await startOpen();
    const preflight = await fetch(`${server.issuer}/register`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,mcp-protocol-version',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-methods')).toBe('POST');
    expect(preflight.headers.get('access-control-allow-headers')).toMatch(/^\*/);
    expect(preflight.headers.has('access-control-allow-credentials')).toBe(false);
    for (const [metadata, status] of [
      [tool, 201],
      [{}, 400],
    ] as const) {
      const response = await register(metadata, { origin });
      expect(response.status).toBe(status);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(response.headers.has('access-control-allow-credentials')).toBe(false);
    }
  });

  test('registers none where registration takes a token', async () => {
    const { register } = await startOpen({ REGISTRATION: 'token', INITIAL_ACCESS_TOKEN });
    expect((await register(tool, { origin })).headers.has('access-control-allow-origin')).toBe(false);
  });

  test('reads no registration', async () => {
    const { registered } = await startOpen();
    const { registration_client_uri, registration_access_token } = await registered();
    const headers = { origin, authorization: `Bearer ${registration_access_token}` };
    const response = await fetch(registration_client_uri, { headers });
    expect(response.status).toBe(200);
    expect(response.headers.has('access-control-allow-origin')).toBe(false);
  });
});

describe('the registration of a client of a stranger', () => {
  test('is read, and says what was registered', async () => {
    const { registered, manage } = await startOpen();
    const client = await registered();
    const response = await manage(client)('GET');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(client);
  });

  test('is changed as far as strangers may, and its token with it', async () => {
    const { server, registered, manage } = await startOpen();
    const client = await registered();
    const other = 'http://127.0.0.1/other';
    const { client_id } = client;
    const response = await manage(client)('PUT', { client_id, redirect_uris: [other], first_party: true });
    const changed = (await response.json()) as Registered;
    expect(response.status).toBe(200);
    expect(changed).toMatchObject({
      client_id,
      redirect_uris: [other],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    });
    for (const member of ['client_secret', 'client_name', 'first_party'])
      expect(changed).not.toHaveProperty(member);
    expect((await manage(client)('GET')).status).toBe(401);
    expect((await manage(changed)('GET')).status).toBe(200);
    await tokensFor(server, codeClientOf(changed));
  });

  test.each([false, true])(
    'becomes no other kind of client, with the id encoded in the path: %s',
    async (encoded) => {
      const { registered, manage } = await startOpen({ INITIAL_ACCESS_TOKEN });
      const client = await registered();
      const { client_id, registration_client_uri: uri } = client;
      const first = `%${client_id.charCodeAt(0).toString(16)}${client_id.slice(1)}`;
      const registration_client_uri = encoded ? uri.replace(client_id, first) : uri;
      const wide = {
        client_id,
        redirect_uris: ['https://app.example/'],
        token_endpoint_auth_method: 'client_secret_basic',
        grant_types: ['authorization_code', 'client_credentials'],
        sector_identifier_uri: 'https://app.example/sector',
      };
      const response = await manage({ ...client, registration_client_uri })('PUT', wide);
      const answer = (await response.json()) as Registered;
      expect(answer).not.toHaveProperty('client_secret');
      if (response.status === 200) {
        expect(answer).toMatchObject({
          token_endpoint_auth_method: 'none',
          grant_types: ['authorization_code'],
        });
      }
      const refused = { ...wide, grant_types: ['client_credentials'] };
      expect((await manage({ ...client, registration_client_uri })('PUT', refused)).status).toBeGreaterThan(
        399,
      );
    },
  );

  test('is deleted, and ends the tokens of the client', async () => {
    const { server, registered, manage } = await startOpen();
    const client = await registered();
    const { access_token } = await tokensFor(server, codeClientOf(client));
    expect((await manage(client)('DELETE')).status).toBe(204);
    expect(await isActive(server, access_token)).toBe(false);
    expect((await manage(client)('GET')).status).toBe(401);
  });

  test('is refused to others', async () => {
    const { registered, manage } = await startOpen();
    const [ours, theirs] = [await registered(), await registered()];
    for (const token of ['guess', theirs.registration_access_token]) {
      for (const method of ['GET', 'DELETE'])
        expect((await manage(ours)(method, undefined, token)).status).toBe(401);
    }
    expect((await manage(ours)('GET')).status).toBe(200);
  });
});

test('a change that is larger than a registration may be is refused', async () => {
  const { registered, manage } = await startOpen();
  const client = await registered();
  const { client_id } = client;
  const contacts = Array.from({ length: 300 }, (_, index) => `${'a'.repeat(30)}${index}@example.com`);
  const answer = await manage(client)('PUT', { ...tool, client_id, contacts });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: 'invalid_client_metadata' });
});
