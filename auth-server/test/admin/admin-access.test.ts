/** Which callers the admin API lets in, and how it refuses all others. */
import { parsed, sendLines } from 'shared/test/raw-http.ts';
import { expect, test } from 'vitest';
import type { VerifiedToken } from '../../src/core/admin/admin-authorization.ts';
import { ADMIN_SCOPES, type AdminScope } from '../../src/core/apis/admin-scopes.ts';
import { accessToken, startAuthServer } from '../support/auth-server.ts';
import { thirdParty, tokensFor } from '../support/code-flow.ts';
import { ADMIN_RESOURCE, type AdminApi, bodyOf, keepGrant, keepSession, startAdminApi } from './admin-api.ts';

const METADATA = 'resource_metadata="https://admin.example/.well-known/oauth-protected-resource"';

/** The routes for administrators, with their scopes; `ID` stands for the id of a user. */
const administration: [method: string, path: string, scope: AdminScope][] = [
  ['GET', '/users', 'users:read'],
  ['POST', '/users', 'users:write'],
  ['GET', '/users/ID', 'users:read'],
  ['PATCH', '/users/ID', 'users:write'],
  ['PUT', '/users/ID/password', 'users:write'],
  ['GET', '/users/ID/grants', 'grants:read'],
  ['DELETE', '/users/ID/grants/g', 'grants:write'],
  ['GET', '/users/ID/sessions', 'grants:read'],
  ['DELETE', '/users/ID/sessions/s', 'grants:write'],
  ['GET', '/clients', 'clients:read'],
  ['POST', '/clients', 'clients:write'],
  ['GET', '/clients/c', 'clients:read'],
  ['PATCH', '/clients/c', 'clients:write'],
  ['DELETE', '/clients/c', 'clients:write'],
  ['POST', '/clients/c/secrets', 'clients:write'],
  ['DELETE', '/clients/c/secrets/s', 'clients:write'],
  ['GET', '/apis', 'apis:read'],
  ['POST', '/apis', 'apis:write'],
  ['GET', '/apis/a', 'apis:read'],
  ['PATCH', '/apis/a', 'apis:write'],
  ['DELETE', '/apis/a', 'apis:write'],
  ['GET', '/keys', 'keys:read'],
  ['POST', '/keys/rotations', 'keys:write'],
  ['GET', '/audit', 'audit:read'],
];

/** The routes with which users manage themselves, with their scopes. */
const own: [method: string, path: string, scope: AdminScope][] = [
  ['GET', '/me', 'profile:read'],
  ['PATCH', '/me', 'profile:write'],
  ['PUT', '/me/password', 'profile:write'],
  ['GET', '/me/grants', 'profile:read'],
  ['DELETE', '/me/grants/g', 'profile:write'],
  ['GET', '/me/sessions', 'profile:read'],
  ['DELETE', '/me/sessions/s', 'profile:write'],
];

const all = [...administration, ...own];

test.each(all)('%s %s without a token is 401 with a challenge that names no error', async (method, path) => {
  const { call } = await startAdminApi();
  const response = await call(method, path);
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toBe(`Bearer ${METADATA}`);
  expect(response.headers.get('cache-control')).toBe('no-store');
});

test.each(all)(
  '%s %s needs the scope %s, and all other scopes together do not suffice',
  async (method, path, scope) => {
    const { call, admin, tokenFor } = await startAdminApi();
    const token = tokenFor(admin, ...ADMIN_SCOPES.filter((other) => other !== scope));
    const response = await call(method, path.replace('ID', admin.id), { token });
    expect(await bodyOf(response.clone(), 403)).toMatchObject({ error: 'insufficient_scope', scope });
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer error="insufficient_scope", error_description="the token's scope does not include ${scope}", scope="${scope}", ${METADATA}`,
    );
  },
);

test.each(administration)('%s %s is refused to a user who is not an administrator', async (method, path) => {
  const { admin, alice, as } = await startAdminApi();
  for (const id of [admin.id, alice.id]) {
    const response = await as(alice)(method, path.replace('ID', id), method === 'GET' ? undefined : {});
    expect(response.status).toBe(403);
  }
});

test.each(all)(
  '%s %s is refused to an ordinary client, whether it acts for itself or for an administrator',
  async (method, path) => {
    const { call, admin, tokenOf } = await startAdminApi();
    for (const sub of ['ordinary', admin.id]) {
      const token = tokenOf({ sub, clientId: 'ordinary' });
      expect((await call(method, path.replace('ID', admin.id), { token })).status).toBe(403);
    }
  },
);

test.each(own)('%s %s is for users: a client that acts for itself is refused', async (method, path) => {
  const { call, tokenOf } = await startAdminApi();
  const token = tokenOf({ sub: 'robot', clientId: 'robot' });
  expect((await call(method, path, { token })).status).toBe(403);
});

test('a client that acts for itself has only the scopes of its registration, whatever its token says', async () => {
  const { call, tokenOf } = await startAdminApi();
  const token = tokenOf({ sub: 'robot', clientId: 'robot' });
  expect((await call('GET', '/users', { token })).status).toBe(200);
  expect((await call('GET', '/audit', { token })).status).toBe(403);
  expect((await call('POST', '/users', { token, body: {} })).status).toBe(403);
});

test('the tokens of a client end with its registration', async () => {
  const { call, admin, tokenOf } = await startAdminApi();
  const token = tokenOf({ sub: admin.id, clientId: 'deleted' });
  expect((await call('GET', '/users', { token })).status).toBe(403);
});

test('a user reaches nothing of another user by any path', async () => {
  const api = await startAdminApi();
  const { admin, alice, as } = api;
  await keepGrant(api, admin, 'grant-of-root');
  await keepSession(api, admin, 'session-of-root');
  const mine = as(alice);
  for (const path of [
    `/users/${admin.id}`,
    `/users/${admin.id}/grants`,
    `/users/${admin.id}%2Fgrants`,
    `/me/../users/${admin.id}`,
    `/me%2F..%2Fusers%2F${admin.id}`,
    `/me/grants/..%2F..%2Fusers%2F${admin.id}`,
    `/me?id=${admin.id}`,
    `/ME`,
    `/me/`,
    `//me`,
    `/users/me`,
    `/users/${admin.id.toUpperCase()}`,
    `/users/%00${admin.id}`,
    `/users/%e0%a4%a`,
  ]) {
    const text = await (await mine('GET', path)).text();
    expect(text, path).not.toContain('root');
  }
  expect((await mine('DELETE', '/me/grants/grant-of-root')).status).toBe(404);
  expect((await mine('DELETE', '/me/sessions/session-of-root')).status).toBe(404);
  expect(await api.useCases.grants.grants(admin.id)).toHaveLength(1);
  expect(await api.useCases.grants.sessions(admin.id)).toHaveLength(1);
});

test.each([
  ['roles', ['admin']],
  ['status', 'active'],
  ['email_verified', true],
  ['username', 'root2'],
  ['id', crypto.randomUUID()],
  ['password', 'correct horse battery staple 2'],
  ['passwordHash', 'x'],
  ['emailVerified', true],
  ['version', 7],
  ['__proto__', { roles: ['admin'] }],
  ['constructor', { prototype: {} }],
])('users cannot set their own %s', async (member, value) => {
  const { alice, as, users } = await startAdminApi();
  const body = `{"display_name":"x",${JSON.stringify(member)}:${JSON.stringify(value)}}`;
  const response = await as(alice)('PATCH', '/me', body, { 'if-match': '"1"' });
  expect(response.status).toBe(400);
  expect(await users.find(alice.id)).toEqual(alice);
});

test('an id in another spelling is 404, even if the store would find the user', async () => {
  const { admin, alice, as, useCases } = await startAdminApi();
  useCases.users.find = async () => alice;
  for (const id of [
    alice.id.toUpperCase(),
    `${alice.id}%20`,
    `${alice.id}%2F`,
    `${alice.id}%0a`,
    '%2e%2e%2fme',
  ]) {
    expect((await as(admin)('GET', `/users/${id}`)).status, id).toBe(404);
  }
});

const refused: [name: string, facts: Partial<VerifiedToken>][] = [
  ['for the time API', { audience: ['http://localhost:5002'] }],
  ['without an audience', { audience: [] }],
  [
    'for an API whose identifier begins like ours',
    { audience: [`${ADMIN_RESOURCE}/v1`, `${ADMIN_RESOURCE}.evil.example`] },
  ],
  ['of an unknown user', { sub: crypto.randomUUID() }],
];

test.each(refused)('a token %s is 401', async (_name, facts) => {
  const { call, tokenOf } = await startAdminApi();
  for (const path of ['/users', '/me']) {
    const response = await call('GET', path, { token: tokenOf(facts) });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
  }
});

test('a disabled user is refused at once', async () => {
  const { admin, call, createUser, as, tokenFor } = await startAdminApi();
  const other = await createUser('other', ['admin']);
  const token = tokenFor(other);
  expect((await call('GET', '/users', { token })).status).toBe(200);
  await as(admin)('PATCH', `/users/${other.id}`, { status: 'disabled' }, { 'if-match': '"1"' });
  expect((await call('GET', '/users', { token })).status).toBe(401);
  expect((await call('GET', '/me', { token })).status).toBe(401);
});

test('an administrator who becomes an ordinary user loses access at once', async () => {
  const { admin, call, createUser, as, tokenFor } = await startAdminApi();
  const other = await createUser('other', ['admin']);
  const token = tokenFor(other);
  await as(admin)('PATCH', `/users/${other.id}`, { roles: ['user'] }, { 'if-match': '"1"' });
  expect((await call('GET', '/users', { token })).status).toBe(403);
  expect((await call('GET', '/me', { token })).status).toBe(200);
});

const malformed: [name: string, path: string, headers: [string, string][], status: number][] = [
  ['in the query', '/users?access_token=TOKEN', [], 400],
  ['in the query and the header', '/users?access_token=TOKEN', [['Authorization', 'Bearer TOKEN']], 400],
  [
    'twice',
    '/users',
    [
      ['Authorization', 'Bearer TOKEN'],
      ['Authorization', 'Bearer TOKEN'],
    ],
    400,
  ],
  ['in two parts', '/users', [['Authorization', 'Bearer TOKEN TOKEN']], 400],
  ['as an empty string', '/users', [['Authorization', 'Bearer']], 400],
  ['with characters that no token has', '/users', [['Authorization', 'Bearer TOK"EN']], 401],
  ['with another scheme', '/users', [['Authorization', 'Basic TOKEN']], 401],
  ['with the scheme DPoP', '/users', [['Authorization', 'DPoP TOKEN']], 401],
  ['without a scheme', '/users', [['Authorization', 'TOKEN']], 401],
];

test.each(malformed)('a token that is sent %s is refused', async (_name, path, headers, status) => {
  const api = await startAdminApi();
  const token = api.tokenFor(api.admin);
  const response = await send(
    api,
    path.replaceAll('TOKEN', token),
    headers.map(([name, value]) => [name, value.replaceAll('TOKEN', token)]),
  );
  expect(response.status).toBe(status);
  expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /);
  expect(JSON.stringify(api.lines)).not.toContain(token);
});

test('the scheme may be written in any case', async () => {
  const { call, admin, tokenFor } = await startAdminApi();
  const headers = { authorization: `bEARER   ${tokenFor(admin)}` };
  expect((await call('GET', '/users', { headers })).status).toBe(200);
});

test('the log names the caller', async () => {
  const { alice, as, lines } = await startAdminApi();
  await as(alice)('GET', '/me');
  expect(lines.find(({ event }) => event === 'http.request')).toMatchObject({
    user: alice.id,
    clientId: 'console',
  });
});

test('real tokens: an ID token and damaged, revoked and expired access tokens are refused', {
  timeout: 20_000,
}, async () => {
  // The tokens are for the admin API, so that only the fault of each token can be the reason.
  const server = await startAuthServer({ RESOURCE: ADMIN_RESOURCE });
  const api = await startAdminApi({
    async verify(token) {
      const answer = (await (await server.introspect(token)).json()) as Record<string, string>;
      const { active, sub = '', client_id: clientId = '', scope = '', aud = '' } = answer;
      return active ? { sub, clientId, scopes: scope.split(' '), audience: [aud].flat() } : undefined;
    },
  });
  const status = async (token: string) => (await api.call('GET', '/me', { token })).status;
  const issued = (await (await server.requestToken()).json()) as { access_token: string };
  const token = issued.access_token;
  // A valid token is refused only because it lacks the scope.
  expect(await status(token)).toBe(403);
  expect(await status(`${token.slice(0, -4)}AAAA`)).toBe(401);
  expect(await status(unsigned(token))).toBe(401);
  await server.revoke(token);
  expect(await status(token)).toBe(401);
  const others = await tokensFor(server, thirdParty, { scope: 'openid profile' });
  for (const other of [others.id_token, others.refresh_token, others.access_token]) {
    expect(await status(other)).toBe(401);
  }
  const old = await accessToken(await server.requestToken());
  await new Promise((resolve) => setTimeout(resolve, 5_100));
  expect(await status(old)).toBe(401);
});

/** The same claims under `alg: none`. */
function unsigned(jwt: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url');
  return `${header}.${jwt.split('.')[1]}.AAAA`;
}

/** Sends headers exactly as given, also the same one twice. */
async function send({ base }: AdminApi, path: string, headers: [string, string][]) {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return parsed(await sendLines(base, `GET ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...lines));
}
