/** Clients at the admin API. */
import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { ADMIN_SCOPES } from '../../src/core/apis/admin-scopes.ts';
import { makeKey } from '../support/auth-server.ts';
import { CI, JOB, JWT_BEARER, makeCi } from '../support/workloads.ts';
import { bodyOf, startAdminApi } from './admin-api.ts';

const metadata = { client_name: 'App', redirect_uris: ['https://app.example/callback'] };

interface Client {
  client_id: string;
  client_secret?: string;
  secrets: { id: string }[];
  [member: string]: unknown;
}

async function startWithClient(more: object = {}) {
  const api = await startAdminApi();
  const send = api.as(api.admin);
  const created = await send('POST', '/clients', { ...metadata, ...more });
  const client = await bodyOf<Client>(created.clone(), 201);
  const path = `/clients/${client.client_id}`;
  return { ...api, send, created, client, path, etag: String(created.headers.get('etag')) };
}

test('a client is registered with a secret that is shown once and kept as a hash', async () => {
  const { send, created, client, path, registry } = await startWithClient();
  expect(created.headers.get('location')).toBe(path);
  expect(client).toMatchObject({ ...metadata, grant_types: ['authorization_code'] });
  const secret = String(client.client_secret);
  expect(secret.length).toBeGreaterThanOrEqual(32);
  const kept = await registry.find(client.client_id);
  expect(kept?.secrets).toMatchObject([{ hash: hash('sha256', secret, 'base64url') }]);
  const shown = (await Promise.all([path, '/clients', '/audit'].map((at) => send('GET', at)))).map(
    (response) => response.text(),
  );
  const texts = (await Promise.all(shown)).join();
  expect(texts).toContain(client.client_id);
  for (const hidden of [secret, kept?.secrets[0]?.hash, 'client_secret"'])
    expect(texts).not.toContain(hidden);
});

test('a public client gets no secret', async () => {
  const { send, client, path } = await startWithClient({ token_endpoint_auth_method: 'none' });
  expect(client).not.toHaveProperty('client_secret');
  expect(client.secrets).toEqual([]);
  expect((await send('POST', `${path}/secrets`)).status).toBe(422);
});

test('a secret is replaced while both are valid, and a client never has three secrets or none', async () => {
  const { send, client, path } = await startWithClient();
  const added = await send('POST', `${path}/secrets`);
  const second = await bodyOf<{ id: string; client_secret: string }>(added.clone(), 201);
  expect(added.headers.get('location')).toBe(`${path}/secrets/${second.id}`);
  expect(second.client_secret).not.toBe(client.client_secret);
  expect((await send('POST', `${path}/secrets`)).status).toBe(422);
  const first = client.secrets[0]?.id;
  expect((await send('DELETE', `${path}/secrets/${first}`)).status).toBe(204);
  expect((await send('DELETE', `${path}/secrets/${first}`)).status).toBe(404);
  expect((await send('DELETE', `${path}/secrets/${second.id}`)).status).toBe(422);
  expect(await bodyOf<Client>(await send('GET', path))).toMatchObject({ secrets: [{ id: second.id }] });
});

test('a client is changed and deleted only with the ETag of its current version', async () => {
  const { send, path, etag } = await startWithClient();
  expect((await send('PATCH', path, { client_name: 'Other' })).status).toBe(428);
  const changed = await send(
    'PATCH',
    path,
    { client_name: null, scope: 'current_time' },
    { 'if-match': etag },
  );
  const body = await bodyOf<Client>(changed.clone());
  expect(body).toMatchObject({ scope: 'current_time', redirect_uris: metadata.redirect_uris });
  expect(body).not.toHaveProperty('client_name');
  expect((await send('PATCH', path, {}, { 'if-match': etag })).status).toBe(412);
  expect((await send('DELETE', path)).status).toBe(428);
  expect((await send('DELETE', path, undefined, { 'if-match': etag })).status).toBe(412);
  const latest = { 'if-match': String(changed.headers.get('etag')) };
  expect((await send('DELETE', path, undefined, latest)).status).toBe(204);
  expect((await send('GET', path)).status).toBe(404);
});

test('metadata that cannot work is 422, and the answer says why', async () => {
  const { send, path, etag } = await startWithClient();
  const faulty = { redirect_uris: ['https://app.example/#fragment'] };
  const created = await send('POST', '/clients', faulty);
  expect(await bodyOf(created, 422)).toMatchObject({
    error: 'invalid_client_metadata',
    detail: 'redirect_uris must not contain fragments',
  });
  expect((await send('PATCH', path, faulty, { 'if-match': etag })).status).toBe(422);
});

test('a client with workloads of another issuer is registered, shown and changed', async () => {
  const { publicJwk } = await makeCi();
  const workload_identities = [{ issuer: CI, subject: JOB, jwks: { keys: [publicJwk] } }];
  const members = { grant_types: [JWT_BEARER], response_types: [], token_endpoint_auth_method: 'none' };
  const { send, path, client, etag } = await startWithClient({
    ...members,
    redirect_uris: [],
    workload_identities,
  });
  expect(client).toMatchObject({ workload_identities });
  const other = [{ issuer: CI, subject: 'another', jwks_uri: `${CI}/keys`, reusable: true }];
  const changed = await send('PATCH', path, { workload_identities: other }, { 'if-match': etag });
  expect(await bodyOf<Client>(changed)).toMatchObject({ workload_identities: other });
});

test('the keys of a workload must be public', async () => {
  const { send } = await startWithClient();
  const { jwk } = await makeKey('RS256');
  const identity = { issuer: CI, subject: JOB, jwks: { keys: [jwk] } };
  const response = await send('POST', '/clients', { ...metadata, workload_identities: [identity] });
  const text = JSON.stringify(await bodyOf(response, 400));
  expect(text).toContain('this one is private');
  expect(text).not.toContain(jwk.d);
});

test('an id that another client has is 409, also if that client comes from the settings', async () => {
  const { send } = await startWithClient({ client_id: 'app' });
  for (const client_id of ['app', 'console']) {
    expect((await send('POST', '/clients', { ...metadata, client_id })).status).toBe(409);
  }
});

test.each([
  ['admin', true],
  ['first_party', true],
  ['resource', 'https://admin.example'],
  ['client_secret', 'of-my-own-choice'],
  ['client_secret_hashes', ['x']],
  ['grant_types', ['password']],
  ['token_endpoint_auth_method', 'client_secret_jwt'],
  ['__proto__', { admin: true }],
])('an administrator cannot register %s, neither at first nor later', async (member, value) => {
  const { send, path, etag } = await startWithClient();
  const text = `${JSON.stringify(metadata).slice(0, -1)},${JSON.stringify(member)}:${JSON.stringify(value)}}`;
  expect((await send('POST', '/clients', text)).status).toBe(400);
  const change = `{${JSON.stringify(member)}:${JSON.stringify(value)}}`;
  expect((await send('PATCH', path, change, { 'if-match': etag })).status).toBe(400);
});

test.each([
  '../users',
  'a/b',
  'ünïcode',
  '.',
  ' ',
  'a'.repeat(101),
  crypto.randomUUID(),
  crypto.randomUUID().toUpperCase(),
])('a client cannot have the id %s', async (client_id) => {
  const { send } = await startWithClient();
  expect((await send('POST', '/clients', { ...metadata, client_id })).status).toBe(400);
});

test('a client that is registered here may not administer, whatever scope it has', async () => {
  const { call, client, tokenOf } = await startWithClient({
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    scope: ADMIN_SCOPES.join(' '),
  });
  const token = tokenOf({ sub: client.client_id, clientId: client.client_id });
  expect((await call('GET', '/users', { token })).status).toBe(403);
});
