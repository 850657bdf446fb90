/** Users at the admin API: what administrators do, and what users do for themselves. */
import { expect, test } from 'vitest';
import { bodyOf, keepGrant, keepSession, PASSWORD, startAdminApi } from './admin-api.ts';

const NEW_PASSWORD = 'an altogether different phrase';

interface User {
  id: string;
  username: string;
  email?: string;
  email_verified: boolean;
  roles: string[];
  status: string;
}

interface Page<Item> {
  items: Item[];
  next: string | null;
}

test('an administrator creates a user, who is then where the Location says', async () => {
  const { admin, as } = await startAdminApi();
  const created = await as(admin)('POST', '/users', {
    username: 'bob',
    password: PASSWORD,
    email: 'bob@example.com',
  });
  const body = await bodyOf<User>(created.clone(), 201);
  expect(body).toMatchObject({ username: 'bob', email_verified: false, roles: ['user'], status: 'active' });
  const response = await as(admin)('GET', String(created.headers.get('location')));
  expect(await bodyOf(response)).toEqual(body);
  expect(response.headers.get('etag')).toBe(created.headers.get('etag'));
});

test('no answer has a password or its hash', async () => {
  const { admin, alice, as, users } = await startAdminApi();
  const texts = await Promise.all([
    as(admin)('POST', '/users', { username: 'bob', password: PASSWORD }).then((response) => response.text()),
    as(admin)('GET', '/users').then((response) => response.text()),
    as(alice)('GET', '/me').then((response) => response.text()),
    as(admin)('GET', '/audit').then((response) => response.text()),
  ]);
  const kept = await users.findByUsername('alice');
  expect(kept?.passwordHash).toContain('$argon2id$');
  expect(texts.join()).not.toMatch(/argon2|correct horse|password_?hash/i);
});

test('a username that is taken is 409, in any case of its letters', async () => {
  const { admin, as } = await startAdminApi();
  const response = await as(admin)('POST', '/users', { username: 'ALICE', password: PASSWORD });
  expect(response.status).toBe(409);
});

test('a password that is easily guessed is 422', async () => {
  const { admin, as } = await startAdminApi();
  const response = await as(admin)('POST', '/users', { username: 'bob', password: 'password' });
  expect(response.status).toBe(422);
});

test('all faults of a body are listed at once, with pointers and without the values', async () => {
  const { admin, as } = await startAdminApi();
  const response = await as(admin)('POST', '/users', {
    username: 'b',
    password: 7654321,
    roles: ['user', 'emperor'],
    'a/b~c': 1,
  });
  const { errors } = await bodyOf<{ errors: { pointer: string }[] }>(response.clone(), 400);
  expect(errors.map(({ pointer }) => pointer).sort()).toEqual([
    '#/a~1b~0c',
    '#/password',
    '#/roles/1',
    '#/username',
  ]);
  expect(await response.text()).not.toContain('7654321');
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
});

test('a user is changed with the ETag of the current version, and only once with the same tag', async () => {
  const { admin, alice, as } = await startAdminApi();
  const seen = await as(admin)('GET', `/users/${alice.id}`);
  const headers = { 'if-match': String(seen.headers.get('etag')) };
  const change = (display_name: string) =>
    as(admin)('PATCH', `/users/${alice.id}`, { display_name }, headers);
  const results = await Promise.all([change('Alice'), change('Alicia')]);
  expect(results.map(({ status }) => status).sort()).toEqual([200, 412]);
  const changed = results.find(({ status }) => status === 200);
  expect(changed?.headers.get('etag')).not.toBe(headers['if-match']);
});

test.each([
  ['no If-Match', undefined, 428],
  ['If-Match: *', '*', 428],
  ['a weak tag', 'W/"1"', 412],
  ['another version', '"7"', 412],
  ['a number instead of a tag', '1', 412],
  ['a number that is too large', '"99999999999999999999"', 412],
])('a change with %s is refused, and changes nothing', async (_name, tag, status) => {
  const { admin, alice, as } = await startAdminApi();
  const headers = tag === undefined ? {} : { 'if-match': tag };
  const response = await as(admin)('PATCH', `/users/${alice.id}`, { roles: ['admin'] }, headers);
  expect(response.status).toBe(status);
  expect(await bodyOf<User>(await as(admin)('GET', `/users/${alice.id}`))).toMatchObject({ roles: ['user'] });
});

test('a merge patch removes what is null and leaves what it does not name', async () => {
  const { admin, alice, as } = await startAdminApi();
  const path = `/users/${alice.id}`;
  const patch = (body: object, tag: string) =>
    as(admin)('PATCH', path, body, { 'if-match': tag, 'content-type': 'application/merge-patch+json' });
  const first = await patch({ display_name: 'Alice', email: 'a@example.com', email_verified: true }, '"1"');
  expect(await bodyOf(first.clone())).toMatchObject({ display_name: 'Alice', email_verified: true });
  const second = await patch({ display_name: null }, String(first.headers.get('etag')));
  const body = await bodyOf(second);
  expect(body).toMatchObject({ email: 'a@example.com', email_verified: true });
  expect(body).not.toHaveProperty('display_name');
});

test('the last administrator cannot be disabled or made a user', async () => {
  const { admin, as } = await startAdminApi();
  for (const change of [{ status: 'disabled' }, { roles: ['user'] }]) {
    const response = await as(admin)('PATCH', `/users/${admin.id}`, change, { 'if-match': '"1"' });
    expect(response.status).toBe(422);
  }
});

test('all users are listed, page by page, each once', async () => {
  const { admin, as, createUser } = await startAdminApi();
  for (let number = 0; number < 5; number += 1) await createUser(`user${number}`);
  const names: string[] = [];
  let next: string | null = '';
  while (next !== null) {
    const query: string = next === '' ? '?limit=3' : `?limit=3&after=${next}`;
    const page: Page<User> = await bodyOf(await as(admin)('GET', `/users${query}`));
    expect(page.items.length).toBeLessThanOrEqual(3);
    names.push(...page.items.map(({ username }) => username));
    next = page.next;
  }
  expect(names.sort()).toEqual(['alice', 'root', 'user0', 'user1', 'user2', 'user3', 'user4']);
});

test('a page that is exactly full is the last', async () => {
  const { admin, as } = await startAdminApi();
  expect(await bodyOf(await as(admin)('GET', '/users?limit=2'))).toMatchObject({ next: null });
});

test.each([
  'limit=0',
  'limit=101',
  'limit=1.5',
  'limit=0x10',
  'limit=1e1',
  'limit=%2B5',
  'limit=%205',
  'limit=99999999999999999999',
  'limit=',
  'limit=5&limit=6',
  'after=%00',
  'after=x'.padEnd(500, 'x'),
  `after=${Buffer.from("' or 1=1 --").toString('base64url')}`,
  'page=2',
])('a list is refused with the query %s, and the parameter is named', async (query) => {
  const { admin, as } = await startAdminApi();
  const { errors } = await bodyOf<{ errors: { parameter: string }[] }>(
    await as(admin)('GET', `/users?${query}`),
    400,
  );
  expect(errors.map(({ parameter }) => parameter)).toContain(query.split('=')[0]);
});

test('an administrator sets a password, which ends the sessions of the user', async () => {
  const api = await startAdminApi();
  const { admin, alice, as, useCases } = api;
  await keepSession(api, alice, 'session-1');
  const response = await as(admin)('PUT', `/users/${alice.id}/password`, { password: NEW_PASSWORD });
  expect(response.status).toBe(204);
  expect(await useCases.grants.sessions(alice.id)).toEqual([]);
});

test('users see and change their own profile, and an email address that they change is unverified', async () => {
  const { admin, alice, as } = await startAdminApi();
  await as(admin)(
    'PATCH',
    `/users/${alice.id}`,
    { email: 'a@example.com', email_verified: true },
    { 'if-match': '"1"' },
  );
  const seen = await as(alice)('GET', '/me');
  expect(await bodyOf(seen.clone())).toMatchObject({ id: alice.id, email_verified: true });
  const headers = { 'if-match': String(seen.headers.get('etag')) };
  const changed = await as(alice)('PATCH', '/me', { email: 'b@example.com' }, headers);
  expect(await bodyOf(changed)).toMatchObject({ email: 'b@example.com', email_verified: false });
});

test('users change their password only with the current one', async () => {
  const { alice, as, call, tokenFor, users } = await startAdminApi();
  const before = await users.findByUsername('alice');
  const change = (current_password: string, new_password = NEW_PASSWORD) =>
    as(alice)('PUT', '/me/password', { current_password, new_password });
  expect((await change('a wrong password')).status).toBe(422);
  expect((await change(PASSWORD, 'password')).status).toBe(422);
  expect(await users.findByUsername('alice')).toEqual(before);
  expect((await change(PASSWORD)).status).toBe(204);
  expect((await change(PASSWORD)).status).toBe(422);
  const withoutCurrent = await call('PUT', '/me/password', {
    token: tokenFor(alice),
    body: { new_password: NEW_PASSWORD },
  });
  expect(withoutCurrent.status).toBe(400);
});

test('a caller with a token cannot try passwords without limit', async () => {
  const { alice, as } = await startAdminApi();
  for (let guess = 0; guess < 12; guess += 1) {
    const body = { current_password: `wrong ${guess}`, new_password: NEW_PASSWORD };
    expect((await as(alice)('PUT', '/me/password', body)).status).toBe(422);
  }
  // The right password now gets the same answer as a wrong one.
  const right = { current_password: PASSWORD, new_password: NEW_PASSWORD };
  expect((await as(alice)('PUT', '/me/password', right)).status).toBe(422);
});

test('users see and end their own grants and sessions', async () => {
  const api = await startAdminApi();
  const { alice, as } = api;
  await keepGrant(api, alice, 'grant-1');
  await keepSession(api, alice, 'session-1');
  expect(await bodyOf(await as(alice)('GET', '/me/grants'))).toMatchObject({
    items: [{ id: 'grant-1', client_id: 'console', scopes: ['openid', 'profile'] }],
    next: null,
  });
  expect(await bodyOf(await as(alice)('GET', '/me/sessions'))).toMatchObject({
    items: [{ id: 'session-1' }],
  });
  for (const path of ['/me/grants/grant-1', '/me/sessions/session-1']) {
    expect((await as(alice)('DELETE', path)).status).toBe(204);
    expect((await as(alice)('DELETE', path)).status).toBe(404);
  }
  expect(await bodyOf(await as(alice)('GET', '/me/sessions'))).toEqual({ items: [], next: null });
});

test('administrators see and end the grants and sessions of any user, page by page', async () => {
  const api = await startAdminApi();
  const { admin, alice, as } = api;
  for (const id of ['c', 'a', 'b']) await keepGrant(api, alice, id, `client-${id}`);
  await keepSession(api, alice, 'session-1');
  const first = await bodyOf<Page<{ id: string }>>(
    await as(admin)('GET', `/users/${alice.id}/grants?limit=2`),
  );
  expect(first.items.map(({ id }) => id)).toEqual(['a', 'b']);
  const second = await as(admin)('GET', `/users/${alice.id}/grants?limit=2&after=${first.next}`);
  expect(await bodyOf(second)).toMatchObject({ items: [{ id: 'c' }], next: null });
  expect((await as(admin)('DELETE', `/users/${alice.id}/grants/b`)).status).toBe(204);
  expect((await as(admin)('DELETE', `/users/${alice.id}/sessions/session-1`)).status).toBe(204);
  expect((await as(admin)('GET', `/users/${crypto.randomUUID()}/grants`)).status).toBe(404);
});
