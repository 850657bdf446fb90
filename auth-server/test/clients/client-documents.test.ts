/** Clients that are known by their metadata documents (draft-ietf-oauth-client-id-metadata-document). */
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { memoryArtifacts } from '../../src/stores/memory/artifacts.ts';
import { expectRefusal, makeKey, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import {
  agree,
  answerAt,
  api,
  authorizationUrl,
  codeFor,
  isActive,
  postAs,
  redeem,
  refresh,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { startDocumentHosts, startWithDocuments } from '../support/document-hosts.ts';
import { orders, shopRegistration, threeApis } from '../support/three-apis.ts';
import { UserAgent } from '../support/user-agent.ts';

test('a client that nobody has registered gets tokens by its document, and refreshes them', async () => {
  const { hosts, server } = await startWithDocuments();
  const client = hosts.publish(hosts.urlOf());
  const tokens = await tokensFor(server, client, { scope: 'current_time offline_access', prompt: 'consent' });
  expect(await isActive(server, tokens.access_token)).toBe(true);
  const again = await tokensOf(await refresh(server, tokens.refresh_token, client));
  expect(again.scope).toBe(tokens.scope);
  // Everything that was asked for about the client came from one fetch.
  expect(hosts.requests).toEqual([client.id]);
});

test('a client with a key of its own proves that it has it', async () => {
  const { hosts, server } = await startWithDocuments();
  const { jwk, privateKey } = await makeKey('ES256');
  const { d: _, ...publicKey } = jwk as Record<string, unknown>;
  const keysAt = hosts.urlOf('/keys.json');
  hosts.answer(keysAt, (_request, response) => {
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ keys: [publicKey] }));
  });
  const client = hosts.publish(hosts.urlOf(), {
    token_endpoint_auth_method: 'private_key_jwt',
    jwks_uri: keysAt,
  });
  const code = await codeFor(server, client);
  await expectRefusal(await redeem(server, code, client), 401, 'invalid_client');
  const assertion = await new SignJWT({ jti: 'one' })
    .setProtectedHeader({ alg: 'ES256', kid: String(jwk.kid) })
    .setIssuer(client.id)
    .setSubject(client.id)
    .setAudience(server.issuer)
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(privateKey);
  const proof = {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  };
  await tokensOf(await redeem(server, code, client, proof));
  expect(hosts.requests).toContain(keysAt);
});

test('its authorization request may be pushed', async () => {
  const { hosts, server } = await startWithDocuments();
  const client = hosts.publish(hosts.urlOf());
  const asked = Object.fromEntries(authorizationUrl(server.issuer, client).searchParams);
  const pushed = await postAs(server, { id: client.id }, '/par', { ...asked, client_id: undefined });
  const { request_uri } = (await pushed.json()) as { request_uri: string };
  await tokensFor(server, client, { request_uri });
});

test('both metadata documents of the server say that it takes them', async () => {
  const { server } = await startWithDocuments();
  for (const name of ['openid-configuration', 'oauth-authorization-server']) {
    const metadata = await (await fetch(`${server.issuer}/.well-known/${name}`)).json();
    expect(metadata).toMatchObject({ client_id_metadata_document_supported: true });
  }
});

test('they are off unless hosts are named: nothing is fetched, and the metadata does not speak of it', async () => {
  const { hosts, server } = await startWithDocuments({ CIMD_ALLOWED: '' });
  const client = hosts.publish(hosts.urlOf());
  const page = await new UserAgent(server.issuer).open(authorizationUrl(server.issuer, client));
  expect(page.response.status).toBe(400);
  expect(hosts.lookups).toEqual([]);
  const metadata = await (await fetch(`${server.issuer}/.well-known/openid-configuration`)).json();
  expect(metadata).not.toHaveProperty('client_id_metadata_document_supported');
});

test('only documents of the hosts that are named are fetched, each with its port', async () => {
  const hosts = await startDocumentHosts();
  const CIMD_ALLOWED = `known.example,app.example:${hosts.port}`;
  const server = await startAuthServer({ CIMD_ALLOWED }, { outside: hosts.outside });
  await tokensFor(server, hosts.publish(hosts.urlOf()));
  hosts.requests.length = 0;
  for (const id of [
    hosts.urlOf('/client.json', 'other.example'),
    'https://app.example/client.json',
    `https://app.example.other.example:${hosts.port}/client.json`,
    `https://known.example:${hosts.port}/client.json`,
  ]) {
    const response = await postAs(server, { id }, '/token', {
      grant_type: 'refresh_token',
      refresh_token: 'x',
    });
    await expectRefusal(response, 401, 'invalid_client');
  }
  expect(hosts.requests).toEqual([]);
});

test('what its client was issued stands without the document, and ends when its host is taken no more', async () => {
  const shared = {
    JWKS_FILE: await temporaryFile({ keys: [(await makeKey('ES256')).jwk, (await makeKey('RS256')).jwk] }),
    ISSUER: 'http://auth.example',
  };
  const artifacts = memoryArtifacts(ARTIFACT_MODELS, new AbortController().signal);
  const { hosts, server } = await startWithDocuments(shared, { artifacts });
  const client = hosts.publish(hosts.urlOf());
  const { access_token } = await tokensFor(server, client);
  const [taking, refusing] = await Promise.all([
    startWithDocuments(shared, { artifacts }),
    startAuthServer(shared, { artifacts }),
  ]);
  expect(await isActive(taking.server, access_token)).toBe(true);
  expect(taking.hosts.lookups).toEqual([]);
  expect(await isActive(refusing, access_token)).toBe(false);
});

test('a registered client with the URL as its id is that client, and its document is not fetched', async () => {
  const hosts = await startDocumentHosts();
  const id = hosts.urlOf();
  const secret = 'a-secret-of-the-client';
  const redirectUri = 'https://registered.example/callback';
  const CLIENTS_FILE = await temporaryFile([
    { client_id: id, client_secret: secret, redirect_uris: [redirectUri] },
  ]);
  const server = await startAuthServer({ CIMD_ALLOWED: '*', CLIENTS_FILE }, { outside: hosts.outside });
  hosts.publish(id);
  await tokensFor(server, { id: encodeURIComponent(id), secret, redirectUri }, { client_id: id });
  expect(hosts.requests).toEqual([]);
});

test('a client whose document has the grant gets refresh tokens without asking for them, and its user is told', async () => {
  const { hosts, server } = await startWithDocuments();
  const client = hosts.publish(hosts.urlOf());
  const page = await new UserAgent(server.issuer).open(authorizationUrl(server.issuer, client));
  const consent = await page.press('Sign in', { username: 'alice', password: 'wonderland' });
  expect(consent.items).toContain('Keep this access while you are away');
  const { refresh_token } = await tokensFor(server, client);
  await tokensOf(await refresh(server, refresh_token, client));
});

describe('a document cannot make its client more than a stranger:', () => {
  test('members by which an operator trusts clients count for nothing', async () => {
    const { hosts, server } = await startWithDocuments();
    const client = hosts.publish(hosts.urlOf(), {
      grant_types: ['authorization_code'],
      first_party: true,
      admin: true,
      require_pkce: false,
      access_token_ttl: 86_400,
      always_issue_refresh_token: true,
      resource: api,
      claims_in_id_token: true,
    });
    const browser = new UserAgent(server.issuer);
    const page = await browser.open(authorizationUrl(server.issuer, client));
    const consent = await page.press('Sign in', { username: 'alice', password: 'wonderland' });
    expect(consent.heading).toMatch(/^Allow app\.example:/);
    const withoutPkce = { code_challenge: undefined, code_challenge_method: undefined };
    const refused = await browser.open(authorizationUrl(server.issuer, client, withoutPkce));
    expect(answerAt(refused, client)).toMatchObject({ error: 'invalid_request' });
    const tokens = await tokensFor(server, client);
    expect(tokens.expires_in).toBeLessThanOrEqual(10);
    expect(tokens.refresh_token).toBeUndefined();
  });

  test('it asks for what an API opens to clients by default, and no scope of the document opens more', async () => {
    const [first, ...others] = threeApis;
    const closed = { ...first, default_scopes: ['orders:read'] };
    const { hosts, server } = await startWithDocuments({
      APIS_FILE: await temporaryFile([closed, ...others]),
      CLIENTS_FILE: await temporaryFile([shopRegistration]),
    });
    const client = hosts.publish(hosts.urlOf(), { scope: 'orders:read orders:write' });
    const ask = (scope: string) =>
      new UserAgent(server.issuer).open(authorizationUrl(server.issuer, client, { scope, resource: orders }));
    expect(answerAt(await ask('orders:write'), client)).toMatchObject({ error: 'invalid_scope' });
    expect((await ask('orders:read')).heading).toBe('Sign in');
  });

  test.each(['password', 'client_credentials', 'urn:ietf:params:oauth:grant-type:device_code'])(
    'it has no other grant, though it lists %s',
    async (grant) => {
      const { hosts, server } = await startWithDocuments();
      const client = hosts.publish(hosts.urlOf(), { grant_types: ['authorization_code', grant] });
      const form = { grant_type: grant, username: 'alice', password: 'wonderland', device_code: 'x' };
      await expectRefusal(await postAs(server, client, '/token', form), 400, 'unauthorized_client');
      await tokensFor(server, client);
    },
  );

  test('of its redirect URIs those of its own origin and of loopback addresses count', async () => {
    const { hosts, server } = await startWithDocuments();
    const url = hosts.urlOf();
    const { origin } = new URL(url);
    const foreign = 'https://other.example/callback';
    const client = hosts.publish(url, {
      redirect_uris: [`${origin}/callback`, foreign, 'http://127.0.0.1/cb', 'com.example.app:/cb'],
    });
    const open = (redirectUri: string) =>
      new UserAgent(server.issuer).open(authorizationUrl(server.issuer, { ...client, redirectUri }));
    for (const refused of [
      foreign,
      'com.example.app:/cb',
      `${origin}/callback/other`,
      'http://127.0.0.2/cb',
    ]) {
      const page = await open(refused);
      expect(page.target).toBeUndefined();
      expect(page.heading).toBe('This did not work');
    }
    const local = { ...client, redirectUri: 'http://127.0.0.1:51234/cb' };
    expect(answerAt(await agree(await open(local.redirectUri)), local)).toHaveProperty('code');
  });
});

describe('a document is refused', () => {
  test.each([
    ['another client_id', { client_id: 'https://app.example/other.json' }],
    ['the client_id in another spelling', { client_id: 'HTTPS://app.example/client.json' }],
    ['a client_secret', { client_secret: 'qwerty' }],
    ['a client_secret_expires_at', { client_secret_expires_at: 0 }],
    ['a method that needs a secret', { token_endpoint_auth_method: 'client_secret_basic' }],
    ['a method that needs a secret to sign with', { token_endpoint_auth_method: 'client_secret_jwt' }],
    ['no redirect URI that counts', { redirect_uris: ['https://elsewhere.example/callback'] }],
    ['redirect URIs that are none', { redirect_uris: 'https://app.example/callback' }],
    ['another grant only', { grant_types: ['client_credentials'] }],
    ['another response type only', { response_types: ['token'] }],
    ['a name that nobody can read', { client_name: '\u202e\u200b' }],
    ['a name that is none', { client_name: 7 }],
    [
      'keys on this machine',
      { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://localhost/keys' },
    ],
    [
      'keys over http',
      { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'http://app.example/keys' },
    ],
  ])('that has %s', async (_what, members) => {
    const { hosts, server } = await startWithDocuments();
    const id = hosts.urlOf();
    hosts.publish(id, members);
    const form = { grant_type: 'refresh_token', refresh_token: 'x' };
    await expectRefusal(await postAs(server, { id }, '/token', form), 400, 'invalid_client');
    // It was not kept: once it is mended it is taken.
    await tokensFor(server, hosts.publish(id));
  });

  test.each([
    ['text/html', '{}'],
    ['text/plain', '{}'],
    ['application/json', 'not JSON'],
    ['application/json', '[]'],
    ['application/json', 'null'],
    ['application/json', Buffer.from([0x7b, 0xff, 0x7d])],
  ])('whose answer is %s with %s', async (type, body) => {
    const { hosts, server } = await startWithDocuments();
    const id = hosts.urlOf();
    hosts.answer(id, (_request, response) => response.writeHead(200, { 'content-type': type }).end(body));
    const page = await new UserAgent(server.issuer).open(
      authorizationUrl(server.issuer, { id, redirectUri: `${new URL(id).origin}/callback` }),
    );
    expect(page.target).toBeUndefined();
    expect(page.html).toContain('invalid_client');
  });
});

describe('a client id is no URL of a document', () => {
  test.each([
    ['over http', 'http://app.example/client.json'],
    ['without a path', 'https://app.example'],
    ['with a dot segment', 'https://app.example/a/../client.json'],
    ['with an encoded dot segment', 'https://app.example/a/%2E%2e/client.json'],
    ['with a single dot', 'https://app.example/./client.json'],
    ['with a fragment', 'https://app.example/client.json#one'],
    ['with an empty fragment', 'https://app.example/client.json#'],
    ['with a user name', 'https://user@app.example/client.json'],
    ['with a password', 'https://user:word@app.example/client.json'],
    ['with a query', 'https://app.example/client.json?one'],
    ['with a backslash', 'https://app.example\\client.json'],
    ['with capitals in the host', 'https://App.example/client.json'],
    ['with the default port', 'https://app.example:443/client.json'],
    ['with letters of another alphabet', 'https://аpple.example/client.json'],
    ['with a dot after the host', 'https://app.example./client.json'],
    ['at an address', 'https://203.0.113.7/client.json'],
    ['at an address of IPv6', 'https://[2606:4700::1]/client.json'],
    ['at an address in another spelling', 'https://0x7f.1/client.json'],
    ['at a name of this network', 'https://intranet/client.json'],
    ['at a name with a star', 'https://*.example/client.json'],
    ['with blanks', ' https://app.example/client.json'],
    ['that is too long', `https://app.example/${'a'.repeat(171)}`],
  ])('%s', async (_what, id) => {
    const { hosts, server } = await startWithDocuments();
    const form = { grant_type: 'refresh_token', refresh_token: 'x' };
    await expectRefusal(await postAs(server, { id }, '/token', form), 401, 'invalid_client');
    expect(hosts.lookups).toEqual([]);
  });
});
