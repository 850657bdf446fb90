/** APIs that change while the server runs: administrators define them, or the operator's files are read again. */
import { writeFile } from 'node:fs/promises';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { expect, test, vi } from 'vitest';
import { type ApiDefinition, apiDefinition } from '../../src/core/apis/api-definition.ts';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { memoryApis } from '../../src/stores/memory/apis.ts';
import {
  accessToken,
  batch,
  batchRegistration,
  expectRefusal,
  startAuthServer,
  temporaryFile,
} from '../support/auth-server.ts';
import { agree, answerAt, authorizationUrl, codeFor, thirdParty, tokensFor } from '../support/code-flow.ts';
import {
  INITIAL_ACCESS_TOKEN,
  metadata,
  type Registered,
  redirectUri,
  startRegistry,
} from '../support/registry.ts';
import { UserAgent } from '../support/user-agent.ts';

const resource = 'https://orders.example.com';
const orders = {
  resource,
  name: 'Orders',
  scopes: { 'orders:read': 'See your orders', 'orders:write': 'Change your orders' },
  access_token_ttl: 300,
};
const parts = { resource: 'https://parts.example.com', name: 'Parts', scopes: { 'parts:read': 'See parts' } };
const job = { ...batchRegistration, scope: 'orders:read orders:write' };
const define = (definition: object): ApiDefinition => apiDefinition.parse(definition);

/** Starts a server with a registry of APIs, to which others may write. */
async function startWithRegistry(clients: object[] = [job], APIS_FILE?: string) {
  const apis = memoryApis();
  await apis.create({
    id: 'first',
    definition: define({ ...parts, scopes: { 'orders:read': 'x', 'orders:write': 'y' } }),
  });
  const CLIENTS_FILE = await temporaryFile(clients);
  const server = await startAuthServer({ CLIENTS_FILE, ...(APIS_FILE && { APIS_FILE }) }, { apis });
  return { apis, server };
}

/** Starts a server with these files, which the test may write again. */
async function startWithFiles(apis: unknown = [orders], clients: unknown = [job]) {
  const files = { APIS_FILE: await temporaryFile(apis), CLIENTS_FILE: await temporaryFile(clients) };
  const server = await startAuthServer(files);
  return {
    server,
    async reload(content: { apis?: unknown; clients?: unknown }) {
      if (content.apis) await writeFile(files.APIS_FILE, JSON.stringify(content.apis));
      if (content.clients) await writeFile(files.CLIENTS_FILE, JSON.stringify(content.clients));
      await server.reload();
    },
  };
}

type Server = Awaited<ReturnType<typeof startAuthServer>>;

async function isActive({ introspect }: Server, token: string): Promise<boolean> {
  return ((await (await introspect(token, batch)).json()) as { active: boolean }).active;
}

test('an API that an administrator defines elsewhere is soon in force, also with an algorithm that had no key', async () => {
  const { apis, server } = await startWithRegistry();
  await apis.create({ id: 'orders', definition: define({ ...orders, signing_alg: 'PS256' }) });
  const token = await vi.waitFor(
    async () => {
      const response = await server.requestClientToken({ resource });
      expect(response.status).toBe(200);
      return accessToken(response);
    },
    { timeout: 5_000 },
  );
  const { alg, kid } = decodeProtectedHeader(token);
  expect(alg).toBe('PS256');
  const jwks = (await (await fetch(`${server.issuer}/jwks`)).json()) as { keys: { kid: string }[] };
  expect(jwks.keys.map((key) => key.kid)).toContain(kid);
  expect(await isActive(server, token)).toBe(true);
});

test('tokens of an API are inactive once an administrator has deleted it, and its client keeps the rest of its scope', async () => {
  const { apis, server } = await startWithRegistry([{ ...job, scope: 'orders:read current_time' }]);
  const token = await accessToken(await server.requestClientToken({ scope: 'orders:read' }));
  const other = await accessToken(await server.requestClientToken({ scope: 'current_time' }));
  expect(await isActive(server, token)).toBe(true);
  await apis.delete('first', 1);
  await vi.waitFor(async () => expect(await isActive(server, token)).toBe(false), { timeout: 5_000 });
  expect(await isActive(server, other)).toBe(true);
  await expectRefusal(await server.requestClientToken({ scope: 'orders:read' }), 400, 'invalid_scope');
  expect(decodeJwt(await accessToken(await server.requestClientToken())).scope).toBe('current_time');
});

test('a client of whose scope nothing is left gets nothing, and not what clients without a scope get', async () => {
  const { apis, server } = await startWithRegistry();
  await apis.delete('first', 1);
  await vi.waitFor(async () => expectRefusal(await server.requestClientToken(), 400, 'invalid_scope'), {
    timeout: 5_000,
  });
  await expectRefusal(await server.requestClientToken({ scope: 'current_time' }), 400, 'invalid_scope');
});

test('an API of the file wins over one of the registry with its identifier', async () => {
  const { server, apis } = await startWithRegistry([job], await temporaryFile([orders]));
  await apis.create({ id: 'orders', definition: define({ ...orders, access_token_ttl: 60 }) });
  await vi.waitFor(() =>
    expect(server.lines).toContainEqual(expect.objectContaining({ event: 'apis.changed' })),
  );
  const { iat = 0, exp = 0 } = decodeJwt(await accessToken(await server.requestClientToken({ resource })));
  expect(exp - iat).toBe(300);
});

test('while the registry cannot be read, the APIs in force stay, and the log says so', async () => {
  const apis = memoryApis();
  const away = async () => Promise.reject(new StoreUnavailable(new Error('away')));
  const server = await startAuthServer(
    { CLIENTS_FILE: await temporaryFile([job]), APIS_FILE: await temporaryFile([orders]) },
    { apis },
  );
  apis.edition = away;
  await vi.waitFor(() =>
    expect(server.lines).toContainEqual(expect.objectContaining({ event: 'apis.unknown' })),
  );
  expect((await server.requestClientToken()).status).toBe(200);
});

test('a client that registered itself keeps the rest of its scope, and may change its registration', async () => {
  const APIS_FILE = await temporaryFile([orders]);
  const { server, register, send } = await startRegistry({ INITIAL_ACCESS_TOKEN, APIS_FILE });
  const scoped = { ...metadata, scope: 'openid current_time orders:read' };
  const { client_id, client_secret, registration_client_uri, registration_access_token } = (await (
    await register(scoped)
  ).json()) as Registered;
  const codeClient = { id: client_id, secret: client_secret, redirectUri };
  await writeFile(APIS_FILE, JSON.stringify([parts]));
  await server.reload();
  const { access_token } = await tokensFor(server, codeClient);
  expect(decodeJwt(access_token).scope).toBe('current_time');
  const read = await send('GET', registration_client_uri, registration_access_token);
  const { scope } = (await read.json()) as Registered;
  const changed = { ...metadata, client_id, client_secret, scope };
  expect((await send('PUT', registration_client_uri, registration_access_token, changed)).status).toBe(200);
  await expectRefusal(await register(scoped), 400, 'invalid_client_metadata');
});

test('a reload puts new APIs into use and ends the tokens of those that are gone', async () => {
  const { server, reload } = await startWithFiles();
  const token = await accessToken(await server.requestClientToken());
  await reload({ apis: [parts], clients: [{ ...job, scope: 'parts:read' }] });
  expect(await isActive(server, token)).toBe(false);
  expect(decodeJwt(await accessToken(await server.requestClientToken())).aud).toBe(parts.resource);
});

test('a reload ends clients that are gone, with their tokens, and lets new ones in', async () => {
  const { server, reload } = await startWithFiles();
  const token = await accessToken(await server.requestClientToken());
  const other = { id: 'other', secret: 'poiuy' };
  await reload({ clients: [{ ...job, client_id: other.id, client_secret: other.secret }] });
  await expectRefusal(await server.requestClientToken(), 401, 'invalid_client');
  expect((await server.requestClientToken({}, other)).status).toBe(200);
  const answer = await server.introspect(token, other);
  expect(await answer.json()).toEqual({ active: false });
});

test('files that cannot work leave everything as it was, and name every fault', async () => {
  const { server, reload } = await startWithFiles();
  await expect(
    reload({
      apis: [{ ...parts, resource_servers: ['nobody'] }],
      clients: [{ ...job, scope: 'orders:reed' }],
    }),
  ).rejects.toMatchObject({
    faults: [
      'APIS_FILE: API https://parts.example.com: resource server nobody is no client',
      'CLIENTS_FILE: client batch: scope names orders:reed, which no API has',
    ],
  });
  expect(decodeJwt(await accessToken(await server.requestClientToken())).aud).toBe(resource);
});

test('what users allowed at an API is forgotten when a reload removes the API', async () => {
  const user = { ...thirdParty, id: 'app', redirectUri: 'https://app.example/callback' };
  const app = {
    client_id: user.id,
    client_secret: user.secret,
    redirect_uris: [user.redirectUri],
    scope: 'current_time orders:read',
  };
  const { server, reload } = await startWithFiles([orders], [app]);
  const browser = new UserAgent(server.issuer);
  await codeFor(server, user, { scope: 'orders:read' }, browser);
  const again = () => browser.open(authorizationUrl(server.issuer, user, { scope: 'orders:read' }));
  expect(answerAt(await again(), user)).toHaveProperty('code');
  await reload({ apis: [parts], clients: [{ ...app, scope: 'current_time' }] });
  await reload({ apis: [orders], clients: [app] });
  const page = await again();
  expect(page.html).toContain('See your orders');
  expect(answerAt(await agree(page), user)).toHaveProperty('code');
});
