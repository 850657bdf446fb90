/** What holds for the whole admin API: bodies, methods, audit records, keys, outages and documents. */
import { parsed, sendLines } from 'shared/test/raw-http.ts';
import { expect, test } from 'vitest';
import { StoreFull } from '../../src/core/grants/artifact-store.ts';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { HashingBusy } from '../../src/core/users/password-hasher.ts';
import { type AdminApi, bodyOf, keepGrant, keepSession, PASSWORD, startAdminApi } from './admin-api.ts';

interface AuditPage {
  items: { id: string; action: string; subject: string | null; details: Record<string, unknown> }[];
  next: string | null;
}

const user = { username: 'bob', password: PASSWORD };

test.each([
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/json-patch+json',
  'text/json',
  '',
])('a body of the media type "%s" is 415', async (type) => {
  const { admin, as } = await startAdminApi();
  const response = await as(admin)('POST', '/users', JSON.stringify(user), { 'content-type': type });
  expect(response.status).toBe(415);
  expect(response.headers.get('accept-post')).toBe('application/json');
});

test('a patch of another media type is 415, and the answer names the types that are accepted', async () => {
  const { admin, as } = await startAdminApi();
  const headers = { 'content-type': 'application/json-patch+json', 'if-match': '"1"' };
  const response = await as(admin)('PATCH', `/users/${admin.id}`, '[]', headers);
  expect(response.status).toBe(415);
  expect(response.headers.get('accept-patch')).toBe('application/merge-patch+json, application/json');
});

test('a compressed body is 415', async () => {
  const { admin, as } = await startAdminApi();
  const response = await as(admin)('POST', '/users', JSON.stringify(user), { 'content-encoding': 'gzip' });
  expect(response.status).toBe(415);
});

test.each([
  ['cut off', '{"username":'],
  ['empty', ''],
  ['no object', '[]'],
  ['null', 'null'],
  ['nested as deep as it can be', `${'['.repeat(25_000)}${']'.repeat(25_000)}`],
  ['nested in a member', `{"username":${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}}`],
])('a body that is %s is 400', async (_name, body) => {
  const { admin, as, reported } = await startAdminApi();
  expect((await as(admin)('POST', '/users', body)).status).toBe(400);
  expect(reported).toEqual([]);
});

test('a body that is nested deep in a free-form member is 400', async () => {
  const { admin, as } = await startAdminApi();
  const key = `${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`;
  const response = await as(admin)('POST', '/clients', `{"jwks":{"keys":[${key}]}}`);
  expect(response.status).toBe(400);
});

test('a body that is too large is 413, and the list of its faults is bounded', async () => {
  const { admin, as } = await startAdminApi();
  const huge = { ...user, display_name: 'x'.repeat(60_000) };
  expect((await as(admin)('POST', '/users', huge)).status).toBe(413);
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`m${index}`, 1]));
  const response = await as(admin)('POST', '/users', many);
  expect(response.status).toBe(400);
  expect((await response.text()).length).toBeLessThan(5_000);
});

test('a caller without access learns nothing about the expected body', async () => {
  const { alice, as } = await startAdminApi();
  expect((await as(alice)('POST', '/users', 'nonsense')).status).toBe(403);
});

test.each([
  ['/users', 'DELETE', 'GET, HEAD, POST'],
  ['/me', 'DELETE', 'GET, HEAD, PATCH'],
  ['/me/password', 'GET', 'PUT'],
  ['/audit', 'POST', 'GET, HEAD'],
  ['/audit', 'DELETE', 'GET, HEAD'],
  ['/openapi.json', 'POST', 'GET, HEAD'],
])('%s does not allow %s, and names the methods that it allows', async (path, method, allow) => {
  const { admin, as } = await startAdminApi();
  const response = await as(admin)(method, path);
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')?.split(', ').sort().join(', ')).toBe(allow);
});

test('an unknown path is 404 in the form of all errors', async () => {
  const { admin, as } = await startAdminApi();
  for (const path of ['/', '/user', '/users/', '/USERS', `/audit/1`, '/keys/rotations/1']) {
    const response = await as(admin)('GET', path);
    expect(response.status, path).toBe(404);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(response.headers.get('cache-control')).toBe('no-store');
  }
});

test('every act is recorded with actor, action, subject, address and request, but without secrets', async () => {
  const api = await startAdminApi();
  const { admin, alice, as, lines } = api;
  const send = as(admin);
  await keepGrant(api, alice, 'g');
  await keepSession(api, alice, 's');
  const acts: [action: string, response: Response][] = [
    ['user_created', await send('POST', '/users', user)],
    [
      'user_changed',
      await send('PATCH', `/users/${alice.id}`, { email: 'a@b.example' }, { 'if-match': '"1"' }),
    ],
    ['user_changed', await as(alice)('PATCH', '/me', { display_name: 'Alice' }, { 'if-match': '"2"' })],
    ['grant_revoked', await send('DELETE', `/users/${alice.id}/grants/g`)],
    ['session_ended', await send('DELETE', `/users/${alice.id}/sessions/s`)],
    ['password_changed', await send('PUT', `/users/${alice.id}/password`, { password: `${PASSWORD}!` })],
    [
      'client_created',
      await send('POST', '/clients', { client_id: 'app', redirect_uris: ['https://a.example/'] }),
    ],
    ['client_changed', await send('PATCH', '/clients/app', { client_name: 'App' }, { 'if-match': '"1"' })],
    ['client_secret_added', await send('POST', '/clients/app/secrets')],
    ['key_rotated', await send('POST', '/keys/rotations', { at: 'now' })],
  ];
  const secret = await bodyOf<{ id: string; client_secret: string }>(acts[8]?.[1].clone() as Response, 201);
  acts.push(
    ['client_secret_removed', await send('DELETE', `/clients/app/secrets/${secret.id}`)],
    ['client_deleted', await send('DELETE', '/clients/app', undefined, { 'if-match': '"4"' })],
  );
  const recorded = await api.useCases.audit.list(undefined, 100);
  expect(recorded.toReversed()).toMatchObject(
    acts.map(([action, response], index) => ({
      action,
      actor: { client: 'console', user: index === 2 ? alice.id : admin.id },
      address: '127.0.0.1',
      requestId: response.headers.get('x-request-id'),
    })),
  );
  expect(recorded.map(({ subject }) => subject)).toContain(`user:${alice.id}`);
  const texts = JSON.stringify([recorded, lines]);
  for (const hidden of [PASSWORD, 'argon2', secret.client_secret, 'a@b.example']) {
    expect(texts).not.toContain(hidden);
  }
});

test('a caller cannot choose the address that is recorded for an act', async () => {
  const { admin, as, useCases } = await startAdminApi();
  await as(admin)('POST', '/users', user, { 'x-forwarded-for': '203.0.113.7', forwarded: 'for=203.0.113.7' });
  expect(await useCases.audit.list(undefined, 1)).toMatchObject([{ address: '127.0.0.1' }]);
});

test('a request that was refused or changed nothing is not recorded', async () => {
  const { admin, alice, as, useCases } = await startAdminApi();
  await as(alice)('POST', '/users', user);
  await as(admin)('POST', '/users', { ...user, username: 'alice' });
  await as(admin)('PATCH', `/users/${alice.id}`, { email: 'a@b.example' }, { 'if-match': '"9"' });
  await as(admin)('DELETE', `/users/${alice.id}/grants/none`);
  await as(admin)('GET', '/users');
  expect(await useCases.audit.list(undefined, 10)).toEqual([]);
});

test('an act that cannot be recorded is answered as an outage, and is in the log', async () => {
  const { admin, as, lines } = await startAdminApi({
    useCases: {
      audit: {
        list: async () => [],
        record: async () => {
          throw new StoreUnavailable(new Error('away'));
        },
      },
    },
  });
  const response = await as(admin)('POST', '/users', user);
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('1');
  expect(lines.find(({ event }) => event === 'audit.lost')).toMatchObject({
    entries: [{ action: 'user_created' }],
  });
});

test('audit records are listed newest first, page by page, and no method changes them', async () => {
  const { admin, as } = await startAdminApi();
  for (let number = 0; number < 5; number += 1) {
    await as(admin)('POST', '/users', { ...user, username: `user${number}` });
  }
  const names: unknown[] = [];
  let query = '?limit=2';
  for (let pages = 0; pages < 3; pages += 1) {
    const page = await bodyOf<AuditPage>(await as(admin)('GET', `/audit${query}`));
    names.push(...page.items.map(({ details }) => details.username));
    query = `?limit=2&after=${page.next}`;
  }
  expect(names).toEqual(['user4', 'user3', 'user2', 'user1', 'user0']);
  expect(query).toBe('?limit=2&after=null');
  for (const method of ['PUT', 'PATCH', 'POST', 'DELETE']) {
    expect((await as(admin)(method, '/audit')).status).toBe(405);
  }
});

test('keys are shown with their stages and without their private members', async () => {
  const { admin, as } = await startAdminApi();
  const response = await as(admin)('GET', '/keys');
  const text = await response.clone().text();
  expect(await bodyOf(response)).toMatchObject({ items: [{ alg: 'ES256', stage: 'signing' }] });
  expect(text).not.toMatch(/"(d|x|y|jwk|k)"/);
});

test('a rotation replaces all keys at once, or after the new ones have been published', async () => {
  const { admin, as } = await startAdminApi();
  await as(admin)('GET', '/keys');
  const stages = async (at: string) => {
    const { items } = await bodyOf<{ items: { stage: string }[] }>(
      await as(admin)('POST', '/keys/rotations', { at }),
    );
    return items.map(({ stage }) => stage);
  };
  expect(await stages('published')).toEqual(['signing', 'published']);
  expect(await stages('now')).toEqual(['signing']);
  for (const body of [{}, { at: 'soon' }, { at: 'now', alg: 'none' }]) {
    expect((await as(admin)('POST', '/keys/rotations', body)).status).toBe(400);
  }
});

test('keys of JWKS_FILE cannot be replaced through the admin API', async () => {
  const { admin, as } = await startAdminApi({
    useCases: { keys: { published: async () => [], rotate: async () => ({ ok: false, refusal: 'fixed' }) } },
  });
  expect((await as(admin)('POST', '/keys/rotations', { at: 'now' })).status).toBe(409);
});

test.each([
  ['the store', new StoreUnavailable(new Error('away'))],
  ['the hasher', new HashingBusy()],
  ['a store that is full', new StoreFull('away')],
])('an outage of %s is 503 with Retry-After', async (_name, outage) => {
  const { admin, as, useCases, reported } = await startAdminApi();
  useCases.users.list = async () => {
    throw outage;
  };
  const response = await as(admin)('GET', '/users');
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('1');
  expect(await response.text()).not.toContain('away');
  expect(reported).toEqual([]);
});

test('an outage of token verification is 503, and no caller is let in', async () => {
  const { call } = await startAdminApi({
    verify: async () => {
      throw new StoreUnavailable(new Error('away'));
    },
  });
  const response = await call('GET', '/users', { token: 'a' });
  expect(response.status).toBe(503);
  expect(response.headers.get('www-authenticate')).toBeNull();
});

test('the metadata names the authorization server and the scopes', async () => {
  const { call } = await startAdminApi();
  expect(await bodyOf(await call('GET', '/.well-known/oauth-protected-resource'))).toMatchObject({
    resource: 'https://admin.example',
    authorization_servers: ['https://issuer.example'],
    bearer_methods_supported: ['header'],
    scopes_supported: expect.arrayContaining(['users:read', 'profile:write']),
  });
});

test('the admin API is live, and ready until it stops', async () => {
  const { call } = await startAdminApi();
  expect((await call('GET', '/health/live')).status).toBe(200);
  expect((await call('GET', '/health/ready')).status).toBe(200);
});

test('the OpenAPI document may be read without a token, by pages of any origin', async () => {
  const { base, call } = await startAdminApi();
  const response = await call('GET', '/openapi.json');
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(await bodyOf(response.clone())).toMatchObject({
    openapi: '3.1.1',
    servers: [{ url: 'https://admin.example' }],
  });
  // Not with fetch, which adds `Cache-Control: no-cache` to a conditional request.
  const ifNoneMatch = `If-None-Match: ${response.headers.get('etag')}`;
  const lines = ['GET /openapi.json HTTP/1.1', 'Host: x', ifNoneMatch, 'Connection: close'];
  expect(parsed(await sendLines(base, ...lines))).toMatchObject({ status: 304, body: '' });
});

test('pages of other origins may read nothing else', async () => {
  const { admin, call, tokenFor } = await startAdminApi();
  const headers = { origin: 'https://evil.example' };
  for (const path of ['/users', '/me', '/audit']) {
    const response = await call('GET', path, { token: tokenFor(admin), headers });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  }
});

test('the page of the documents has no inline script, and may only call the APIs that it shows', async () => {
  const { call } = await startAdminApi({
    otherDocuments: [{ name: 'Time <API>', url: 'http://localhost:5002/openapi.json' }],
  });
  expect((await call('GET', '/docs')).headers.get('location')).toBe('/docs/');
  const page = await call('GET', '/docs/');
  const policy = page.headers.get('content-security-policy');
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("connect-src 'self' https://issuer.example http://localhost:5002;");
  expect(policy).not.toContain('unsafe');
  const html = await page.text();
  expect(html).not.toMatch(/<script(?![^>]* src=)|<style| on\w+=|style=/);
  expect(html).toContain('http://localhost:5002/openapi.json');
  expect(html).not.toContain('<API>');
  for (const [, file] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
    const response = await call('GET', `/docs/${file}`);
    expect(response.status, file).toBe(200);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  }
});

test.each(['..%2f..%2fpackage.json', 'swagger-ui-bundle.js.map', 'index.html', 'package.json'])(
  'no other file is served: %s',
  async (name) => {
    const { call }: AdminApi = await startAdminApi();
    expect((await call('GET', `/docs/${name}`)).status).toBe(404);
  },
);
