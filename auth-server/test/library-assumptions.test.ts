/** What our code assumes about oidc-provider, pinned on the bare library: an upgrade that changes it fails here. */
// Only src/oidc may import the library otherwise; these tests do so because the library is all that they test.
import { createHash, randomUUID } from 'node:crypto';
import { type AdapterPayload, type Configuration, Provider } from 'oidc-provider';
import { parsed, sendLines } from 'shared/test/raw-http.ts';
import { freePort, serve } from 'shared/test/serve.ts';
import { describe, expect, test } from 'vitest';
import { makeKey } from './support/auth-server.ts';
import { UserAgent } from './support/user-agent.ts';

const client = { client_id: 'client', client_secret: 'secret' };
const aJwt = 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl';

/** A provider without any of our code but an adapter that records its calls. */
async function startBareProvider(
  stored: Record<string, AdapterPayload> = {},
  renderError: NonNullable<Configuration['renderError']> = () => {},
) {
  const calls: [model: string, method: string, argument: string][] = [];
  /** The `exp` of the request's token, for each token that the adapter was told to destroy. */
  const destroyed: (number | undefined)[] = [];
  /** Who makes the request, for each record that the adapter was told to store. */
  const storers: { address: string | undefined; client: string | undefined; by: string | undefined }[] = [];
  const adapter: Configuration['adapter'] = (model) => ({
    async upsert() {
      const { ip, oidc } = Provider.ctx ?? {};
      storers.push({ address: ip, client: oidc?.client?.clientId, by: oidc?.client?.clientAuthMethod });
    },
    async find(id) {
      calls.push([model, 'find', id]);
      return stored[`${model} ${id}`];
    },
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    consume: async () => {},
    async destroy(id) {
      calls.push([model, 'destroy', id]);
      const { AccessToken, ClientCredentials } = Provider.ctx?.oidc.entities ?? {};
      destroyed.push((AccessToken ?? ClientCredentials)?.exp);
    },
    revokeByGrantId: async () => {},
  });
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    adapter,
    renderError,
    clients: [
      { ...client, grant_types: ['client_credentials'], response_types: [], redirect_uris: [] },
      {
        client_id: 'device',
        token_endpoint_auth_method: 'none',
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
        response_types: [],
        redirect_uris: [],
      },
    ],
    jwks: { keys: [(await makeKey('RS256')).jwk] },
    cookies: { keys: [randomUUID()] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
    },
  });
  const post = (path: string, form: Record<string, string>) =>
    fetch(`${issuer}${path}`, { method: 'POST', body: new URLSearchParams(form) });
  return {
    issuer,
    calls,
    destroyed,
    storers,
    provider,
    callback: () => serve(provider.callback(), port),
    post,
  };
}

const storedToken = (kind: string): AdapterPayload => ({
  kind,
  jti: 'the-jti',
  iat: Math.floor(Date.now() / 1000),
  exp: Math.floor(Date.now() / 1000) + 60,
  clientId: client.client_id,
  aud: 'http://localhost:5002',
  scope: 'current_time',
  extra: { from: 'extra' },
});

test('the library stores of a session what its class names, and keeps the state of one page there', async () => {
  const { provider } = await startBareProvider();
  const Session = provider.Session as unknown as (new (record: object) => object) & { IN_PAYLOAD: string[] };
  expect(Session.IN_PAYLOAD).toContain('state');
  expect(Object.getOwnPropertyDescriptor(Session, 'IN_PAYLOAD')?.configurable).toBe(true);
  Object.defineProperty(Session, 'IN_PAYLOAD', { get: () => ['state', 'states'] });
  const session = new Session({ states: [1], other: 2 });
  expect(session).toMatchObject({ states: [1] });
  expect(session).not.toHaveProperty('other');
});

describe('the URLs that the library makes', () => {
  test('are at the Host of the request, with ctx.mountPath in front of the path', async () => {
    const { provider, callback } = await startBareProvider();
    provider.use((ctx, next) => {
      ctx.req.headers.host = 'auth.example';
      Object.assign(ctx, { mountPath: '/mounted' });
      return next();
    });
    const base = await callback();
    const metadata = (await (await fetch(`${base}/.well-known/openid-configuration`)).json()) as object;
    expect(metadata).toMatchObject({
      token_endpoint: 'http://auth.example/mounted/token',
      jwks_uri: 'http://auth.example/mounted/jwks',
    });
  });

  test('have the host of a target in absolute form, unless ctx.request.originalUrl is a path', async () => {
    for (const [originalUrl, host] of [
      [undefined, 'https://evil.example'],
      ['/', 'http://auth.example'],
    ] as const) {
      const { provider, callback } = await startBareProvider();
      provider.use((ctx, next) => {
        if (originalUrl !== undefined) Object.assign(ctx.request, { originalUrl });
        return next();
      });
      const base = await callback();
      const lines = ['Host: auth.example', 'Connection: close'];
      const target = 'https://evil.example/.well-known/openid-configuration';
      const { body } = parsed(await sendLines(base, `GET ${target} HTTP/1.1`, ...lines));
      expect(JSON.parse(body).token_endpoint).toBe(`${host}/token`);
    }
  });
});

describe.each(['/token/introspection', '/token/revocation'])('at %s', (path) => {
  test('the library refuses a JWT, and accepts one with a mark in front', async () => {
    const { callback, post } = await startBareProvider();
    await callback();
    const refused = await post(path, { ...client, token: aJwt });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: 'unsupported_token_type' });
    expect((await post(path, { ...client, token: `jwt:${aJwt}` })).status).toBe(200);
  });

  test('the library hands the whole token to the adapters of both models', async () => {
    const { calls, callback, post } = await startBareProvider();
    await callback();
    await post(path, { ...client, token: `jwt:${aJwt}` });
    expect(calls).toEqual(
      expect.arrayContaining([
        ['AccessToken', 'find', `jwt:${aJwt}`],
        ['ClientCredentials', 'find', `jwt:${aJwt}`],
      ]),
    );
  });

  test('the library takes the form from ctx.request.body if the request has been read', async () => {
    const { calls, provider, callback, post } = await startBareProvider();
    provider.use(async (ctx, next) => {
      for await (const _ of ctx.req);
      const body = new URLSearchParams({ ...client, token: 'put-in-its-place' }).toString();
      Object.assign(ctx.request, { body });
      await next();
    });
    await callback();
    expect((await post(path, { ...client, token: 'as-it-was-sent' })).status).toBe(200);
    expect(calls).toContainEqual(['AccessToken', 'find', 'put-in-its-place']);
    expect(JSON.stringify(calls)).not.toContain('as-it-was-sent');
  });
});

describe.each(['AccessToken', 'ClientCredentials'])('a token that the adapter of %s finds', (model) => {
  test('is introspected, with all of its extra claims', async () => {
    const { callback, post } = await startBareProvider({ [`${model} marked`]: storedToken(model) });
    await callback();
    const answer = await (await post('/token/introspection', { ...client, token: 'marked' })).json();
    const { jti, iat, exp, aud, scope } = storedToken(model);
    expect(answer).toMatchObject({ active: true, client_id: 'client', from: 'extra', jti, aud, scope });
    expect(answer).toMatchObject({ iat: expect.closeTo(iat ?? 0, -1), exp: expect.closeTo(exp ?? 0, -1) });
  });

  test('is destroyed by its jti when it is revoked, and the context then holds it', async () => {
    const stored = storedToken(model);
    const { calls, destroyed, callback, post } = await startBareProvider({ [`${model} marked`]: stored });
    await callback();
    expect((await post('/token/revocation', { ...client, token: 'marked' })).status).toBe(200);
    expect(calls).toContainEqual([model, 'destroy', 'the-jti']);
    expect(destroyed).toEqual([stored.exp]);
  });
});

test('while a record is stored, the library tells the address and the client of the request', async () => {
  const { storers, callback, post } = await startBareProvider();
  await callback();
  expect((await post('/token', { ...client, grant_type: 'client_credentials' })).status).toBe(200);
  const [{ address = '', ...storer } = {}] = storers;
  expect(address).toMatch(/127\.0\.0\.1$/);
  expect(storer).toEqual({ client: client.client_id, by: 'client_secret_basic' });
});

describe('the library answers invalid_request, where our mapping is more precise,', () => {
  test('to a client that is not registered for a grant', async () => {
    const { provider, callback, post } = await startBareProvider();
    provider.registerGrantType('password', async () => {}, ['username', 'password']);
    await callback();
    const response = await post('/token', { ...client, grant_type: 'password' });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: 'invalid_request',
      error_description: 'requested grant type is not allowed for this client',
    });
  });

  test('to a request without client authentication', async () => {
    const { callback, post } = await startBareProvider();
    await callback();
    const response = await post('/token', { grant_type: 'client_credentials' });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: 'invalid_request',
      error_description: 'no client authentication mechanism provided',
    });
  });

  test.each([
    [
      'with a raw %',
      'Basic NTAlOng=',
      'client_id and client_secret in the authorization header are not properly encoded',
    ],
    ['with an empty secret', 'Basic eDo=', 'client_secret must be provided in the Authorization header'],
    ['with an empty id', 'Basic Ong=', 'no client authentication mechanism provided'],
    ['without a colon', 'Basic eHg=', 'invalid authorization header value format'],
    ['of another scheme', 'Bearer x', 'invalid authorization header value format'],
  ])('to an Authorization header %s', async (_how, authorization, error_description) => {
    const { provider, callback, post } = await startBareProvider();
    provider.use((ctx, next) => {
      ctx.req.headers.authorization = authorization;
      return next();
    });
    await callback();
    const response = await post('/token', { grant_type: 'client_credentials' });
    expect(await response.json()).toEqual({ error: 'invalid_request', error_description });
  });
});

describe('for client metadata, the library', () => {
  /** Registers a client at a provider with a check of our own, and answers what the check was given. */
  async function checkedBy(metadata: object) {
    let given: object = {};
    const provider = new Provider('http://localhost', {
      jwks: { keys: [(await makeKey('RS256')).jwk] },
      cookies: { keys: [randomUUID()] },
      features: { devInteractions: { enabled: false } },
      extraClientMetadata: {
        properties: ['ours'],
        validator(_ctx, _key, _value, all) {
          given = { ...all };
        },
      },
    });
    await provider.Client.validate({ ...client, ...metadata });
    return given;
  }

  test('accepts redirect URIs that our check does not, and hands them to it as they were sent', async () => {
    const redirect_uris = [
      'http://app.example/callback',
      'https://user@app.example/',
      ' https://app.exa\tmple/\n',
    ];
    expect(await checkedBy({ redirect_uris })).toMatchObject({ redirect_uris });
  });

  test('accepts any name, and hands it to our check', async () => {
    const named = { redirect_uris: ['https://app.example/'], client_name: '\u202e' };
    expect(await checkedBy(named)).toMatchObject(named);
  });

  test('drops unknown members before our check', async () => {
    const unknown = { 'client_name#de': 'App', software_id: 'app', request_uris: ['http://app.example/'] };
    const given = await checkedBy({ redirect_uris: ['https://app.example/'], ...unknown });
    for (const member of Object.keys(unknown)) expect(given).not.toHaveProperty([member]);
  });
});

describe('to authenticate a client the library', () => {
  /** The steps of a request, each with its route and the client that is known by then. */
  async function stepsOf(path: string, credentials: Record<string, string>) {
    const { provider, callback, post } = await startBareProvider();
    const steps: [step: string, route: string | undefined, known: string | undefined][] = [];
    const note = (step: string) =>
      steps.push([step, Provider.ctx?.oidc.route, Provider.ctx?.oidc.client?.clientId]);
    const { find } = provider.Client;
    const compare = provider.Client.prototype.compareClientSecret;
    provider.Client.find = async function noted(id) {
      note(`find ${id}`);
      return find.call(this, id);
    };
    provider.Client.prototype.compareClientSecret = function noted(secret) {
      note(`compare ${secret}`);
      return compare.call(this, secret);
    };
    await callback();
    const { status } = await post(path, { ...credentials, token: 'any', grant_type: 'client_credentials' });
    return { steps, status };
  }

  test.each([
    ['/token', 'token'],
    ['/TOKEN/', 'token'],
    ['/token/introspection', 'introspection'],
    ['/token/revocation', 'revocation'],
    ['/request', 'pushed_authorization_request'],
    ['/device/auth', 'device_authorization'],
  ])('finds it before it compares its secret, within the request to %s', async (path, route) => {
    const { steps, status } = await stepsOf(path, { ...client, client_secret: 'wrong' });
    expect(steps.slice(0, 2)).toEqual([
      ['find client', route, undefined],
      ['compare wrong', route, 'client'],
    ]);
    expect(status).toBe(401);
  });

  test('compares nothing of a client that it does not find', async () => {
    const { steps, status } = await stepsOf('/token', { client_id: 'nobody', client_secret: 'wrong' });
    expect(steps).toEqual([['find nobody', 'token', undefined]]);
    expect(status).toBe(401);
  });
});

test('the library asks whether a code ends with its session before it stores the code, and tells of success before it stores the session', async () => {
  const records = new Map<string, AdapterPayload>();
  const stored: [model: string, payload: AdapterPayload][] = [];
  const adapter: Configuration['adapter'] = (model) => ({
    async upsert(id, payload) {
      records.set(`${model} ${id}`, structuredClone(payload));
      stored.push([model, structuredClone(payload)]);
    },
    find: async (id) => records.get(`${model} ${id}`),
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    consume: async () => {},
    destroy: async (id) => void records.delete(`${model} ${id}`),
    revokeByGrantId: async () => {},
  });
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const redirectUri = 'https://client.example/';
  const provider = new Provider(issuer, {
    adapter,
    clients: [{ ...client, redirect_uris: [redirectUri] }],
    jwks: { keys: [(await makeKey('RS256')).jwk] },
    cookies: { keys: [randomUUID()] },
    pkce: { required: () => false },
    features: { devInteractions: { enabled: false } },
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    expiresWithSession: async (_ctx, source) => {
      Object.assign(source, { grantId: 'another' });
      return false;
    },
  });
  const seen: unknown[] = [];
  provider.on('authorization.success', ({ oidc }) => {
    const authorization = oidc.session?.authorizations?.client as { persistsLogout?: boolean };
    seen.push(authorization.persistsLogout);
    delete authorization.persistsLogout;
  });
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next();
    const grant = new provider.Grant({ accountId: 'alice', clientId: client.client_id });
    grant.addOIDCScope('openid');
    const result = { login: { accountId: 'alice' }, consent: { grantId: await grant.save() } };
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
  });
  await serve(provider.callback(), port);
  const parameters = { client_id: client.client_id, response_type: 'code', scope: 'openid' };
  const url = `/auth?${new URLSearchParams({ ...parameters, redirect_uri: redirectUri })}`;
  expect((await new UserAgent(issuer).open(url)).target?.searchParams.has('code')).toBe(true);
  const [code, session] = ['AuthorizationCode', 'Session'].map(
    (model) => stored.findLast(([name]) => name === model)?.[1],
  );
  expect(code?.grantId).toBe('another');
  const grantId = stored.find(([model]) => model === 'Grant')?.[1].jti;
  expect(session?.authorizations?.client).toMatchObject({ grantId });
  expect(session?.authorizations?.client).not.toHaveProperty('persistsLogout');
  expect(seen).toEqual([true]);
});

describe('for the device flow, the library', () => {
  /** Asks for a device code at a bare provider whose answer was changed by a listener. */
  async function answerChangedBy(change: (answer: Record<string, unknown>) => void) {
    const { provider, callback, post } = await startBareProvider();
    provider.on('device_authorization.success', (_ctx, answer) => change(answer));
    await callback();
    return (await post('/device/auth', { client_id: 'device' })).json();
  }

  test('answers without an interval, and with what a listener adds', async () => {
    expect(await answerChangedBy(() => {})).not.toHaveProperty('interval');
    expect(await answerChangedBy((answer) => Object.assign(answer, { interval: 5 }))).toMatchObject({
      device_code: expect.any(String),
      interval: 5,
    });
  });
});

test('the library keeps a used assertion or proof by the hash of its issuer and its id', async () => {
  const { calls, provider } = await startBareProvider();
  const { ReplayDetection } = provider as unknown as {
    ReplayDetection: { unique(iss: string, jti: string, exp: number): Promise<boolean> };
  };
  await ReplayDetection.unique('client', 'the-jti', Math.floor(Date.now() / 1000) + 60);
  const id = createHash('sha256').update('clientthe-jti').digest('base64url');
  expect(calls).toContainEqual(['ReplayDetection', 'find', id]);
});

test("the library's metadata say how clients authenticate at the token endpoint only, and name no prompts", async () => {
  const { issuer, callback } = await startBareProvider();
  await callback();
  const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  expect(metadata).toHaveProperty('token_endpoint_auth_methods_supported');
  expect(metadata).toHaveProperty('token_endpoint_auth_signing_alg_values_supported');
  expect(metadata).not.toHaveProperty('revocation_endpoint_auth_methods_supported');
  expect(metadata).not.toHaveProperty('introspection_endpoint_auth_methods_supported');
  expect(metadata).not.toHaveProperty('prompt_values_supported');
});

test('the library asks for a page for a program that prefers HTML, with the route of the request', async () => {
  const routes: string[] = [];
  const { provider, callback, issuer } = await startBareProvider({}, (ctx) => {
    routes.push(ctx.oidc.route);
  });
  await callback();
  expect(provider).toBeDefined();
  const headers = { accept: 'text/html, */*; q=.2' };
  await fetch(`${issuer}/token`, { method: 'POST', headers });
  await fetch(`${issuer}/auth`, { headers });
  expect(routes).toEqual(['token', 'authorization']);
});

describe('a token request that uses up a code, a device code or a refresh token', () => {
  const API = 'https://api.example';
  const device = 'urn:ietf:params:oauth:grant-type:device_code';
  const now = Math.floor(Date.now() / 1_000);
  const source = (kind: string): AdapterPayload => ({
    kind,
    jti: 'one',
    iat: now,
    exp: now + 60,
    clientId: client.client_id,
    accountId: 'alice',
    grantId: 'grant',
    gty: 'authorization_code',
    redirectUri: 'https://app.example/',
    resource: API,
    scope: 'openid read',
  });

  /** A provider whose every step is noted: what it reads and writes, and when it asks for claims and for the form of the JWT. */
  async function startNoting() {
    const steps: string[] = [];
    const grant = {
      kind: 'Grant',
      jti: 'grant',
      iat: now,
      exp: now + 60,
      clientId: client.client_id,
      accountId: 'alice',
      openid: { scope: 'openid' },
      resources: { [API]: 'read' },
    };
    const adapter: Configuration['adapter'] = (model) => ({
      upsert: async () => void steps.push(`store ${model}`),
      find: async (id) => (model === 'Grant' ? grant : id === 'one' ? source(model) : undefined),
      findByUid: async () => undefined,
      findByUserCode: async () => undefined,
      consume: async () => void steps.push('consume'),
      destroy: async () => void steps.push(`destroy ${model}`),
      revokeByGrantId: async () => {},
    });
    const port = await freePort();
    const provider = new Provider(`http://127.0.0.1:${port}`, {
      adapter,
      clients: [
        {
          ...client,
          grant_types: ['authorization_code', 'refresh_token', device],
          redirect_uris: ['https://app.example/'],
        },
      ],
      jwks: { keys: [(await makeKey('RS256')).jwk] },
      cookies: { keys: [randomUUID()] },
      pkce: { required: () => false },
      rotateRefreshToken: () => true,
      issueRefreshToken: async () => true,
      findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
      extraTokenClaims: () => void steps.push('ask for claims'),
      formats: {
        customizers: {
          jwt({ oidc: { entities } }, token, jwt) {
            const found = entities.RefreshToken ?? entities.AuthorizationCode ?? entities.DeviceCode;
            steps.push(`form a JWT for ${found?.scope} of ${entities.Grant?.getOIDCScope()}`);
            token.scope = 'changed';
            jwt.payload.scope = 'changed, too';
          },
        },
      },
      features: {
        devInteractions: { enabled: false },
        deviceFlow: { enabled: true },
        resourceIndicators: {
          enabled: true,
          useGrantedResource: () => true,
          getResourceServerInfo(_ctx, indicator) {
            steps.push(`resolve ${indicator}`);
            return { scope: 'read', audience: indicator, accessTokenFormat: 'jwt' };
          },
        },
      },
    });
    const url = await serve(provider.callback(), port);
    const send = async (form: Record<string, string>) => {
      const body = new URLSearchParams({ ...client, ...form });
      const response = await fetch(`${url}/token`, { method: 'POST', body });
      return { status: response.status, body: (await response.json()) as Record<string, string> };
    };
    return { steps, send };
  }

  test.each([
    [
      'a code',
      { grant_type: 'authorization_code', code: 'one', redirect_uri: 'https://app.example/' },
      [],
      ['store RefreshToken'],
    ],
    ['a device code', { grant_type: device, device_code: 'one' }, [], ['store RefreshToken']],
    ['a refresh token', { grant_type: 'refresh_token', refresh_token: 'one' }, ['store RefreshToken'], []],
  ])(
    'consumes %s early, and asks for the claims of the access token after its last check',
    async (_what, form, before, after) => {
      const { steps, send } = await startNoting();
      expect(await send({ ...form, resource: 'https://other.example' })).toMatchObject({
        status: 400,
        body: { error: 'invalid_target' },
      });
      expect(steps.splice(0)).toEqual(['consume', ...before]);

      const { status, body } = await send(form);
      expect(status).toBe(200);
      expect(steps).toEqual([
        'consume',
        ...before,
        `resolve ${API}`,
        'ask for claims',
        'form a JWT for openid read of openid',
        ...after,
      ]);
      // What our code adds to the scope is said in the answer, and in the token.
      expect(body.scope).toBe('changed');
      const [, payload = ''] = String(body.access_token).split('.');
      expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
        scope: 'changed, too',
      });
    },
  );
});
