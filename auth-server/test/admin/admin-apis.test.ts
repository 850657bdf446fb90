/** APIs at the admin API. */
import { describe, expect, test } from 'vitest';
import { type AdminApi, bodyOf, startAdminApi } from './admin-api.ts';

const ORDERS = 'https://orders.example.com';

const orders = {
  resource: ORDERS,
  name: 'Orders',
  'name#de': 'Bestellungen',
  scopes: {
    'orders:read': { description: 'See your orders', 'description#de': 'Deine Bestellungen ansehen' },
    'orders:write': 'Change your orders',
  },
  access_token_ttl: 300,
};

interface ShownApi {
  id: string;
  origin: string;
  resource: string;
  [member: string]: unknown;
}

interface Page {
  items: ShownApi[];
  next: string | null;
}

async function startWithApi() {
  const api = await startAdminApi();
  const send = api.as(api.admin);
  const created = await send('POST', '/apis', orders);
  const shown = await bodyOf<ShownApi>(created.clone(), 201);
  const path = `/apis/${shown.id}`;
  const change = (patch: object, etag = created.headers.get('etag')) =>
    send('PATCH', path, patch, { 'if-match': String(etag) });
  return { ...api, send, created, shown, path, change, etag: String(created.headers.get('etag')) };
}

/** The faults that an answer names, by where they are. */
async function faultsOf(response: Response, status: number): Promise<Record<string, string>> {
  const { errors } = await bodyOf<{ errors: { pointer: string; detail: string }[] }>(response, status);
  return Object.fromEntries(errors.map(({ pointer, detail }) => [pointer, detail]));
}

/** Stores what a user has allowed a client of APIs. */
async function allow({ artifacts }: AdminApi, user: string, resources: Record<string, string>) {
  const consent = { jti: user, accountId: user, clientId: 'app', openid: { scope: 'openid' }, resources };
  await artifacts.upsert('Consent', user, consent, 1_000);
}

describe('an API', () => {
  test('is defined as in a file, and shown as it was defined, with what was left out', async () => {
    const { send, created, shown, path } = await startWithApi();
    expect(created.headers.get('location')).toBe(path);
    expect(shown).toMatchObject({
      ...orders,
      origin: 'registry',
      default_scopes: [],
      access_token_format: 'jwt',
      resource_servers: [],
      grants: ['user', 'client'],
      listed: true,
    });
    expect(shown).not.toHaveProperty('signing_alg');
    expect(shown.updated_at).toBe(shown.created_at);
    const found = await send('GET', path);
    expect(found.headers.get('etag')).toBe(created.headers.get('etag'));
    expect(await bodyOf<ShownApi>(found)).toEqual(shown);
  });

  test('has an id that follows from its identifier, however that is spelt', async () => {
    const { send, shown, path, etag } = await startWithApi();
    await send('DELETE', path, undefined, { 'if-match': etag });
    const again = { ...orders, resource: 'https://ORDERS.example.com:443/' };
    expect(await bodyOf<ShownApi>(await send('POST', '/apis', again), 201)).toMatchObject({
      id: shown.id,
      resource: again.resource,
    });
  });

  test('is changed by a merge patch, in which null removes a member', async () => {
    const { change, shown } = await startWithApi();
    const scopes = {
      'orders:read': { 'description#de': null, 'description#fr': 'Voir vos commandes' },
      'orders:write': null,
      'orders:cancel': 'Cancel your orders',
    };
    const patch = { 'name#de': null, access_token_ttl: null, scopes, default_scopes: ['orders:read'] };
    const { 'name#de': _gone, ...rest } = shown;
    expect(await bodyOf<ShownApi>(await change(patch))).toEqual({
      ...rest,
      access_token_ttl: 5,
      default_scopes: ['orders:read'],
      scopes: {
        'orders:read': { description: 'See your orders', 'description#fr': 'Voir vos commandes' },
        'orders:cancel': 'Cancel your orders',
      },
      updated_at: expect.any(String),
    });
  });

  test('is changed and deleted only with the ETag of its current version', async () => {
    const { send, path, change, etag } = await startWithApi();
    expect((await send('PATCH', path, { name: 'Other' })).status).toBe(428);
    const changed = await change({ name: 'Other' });
    expect(changed.status).toBe(200);
    expect((await change({ name: 'Third' })).status).toBe(412);
    expect((await send('DELETE', path)).status).toBe(428);
    expect((await send('DELETE', path, undefined, { 'if-match': etag })).status).toBe(412);
    const latest = { 'if-match': String(changed.headers.get('etag')) };
    expect((await send('DELETE', path, undefined, latest)).status).toBe(204);
    expect((await send('GET', path)).status).toBe(404);
    expect((await send('DELETE', path, undefined, latest)).status).toBe(404);
  });

  test('may be defined again after it was deleted, and is as new', async () => {
    const { send, path, etag } = await startWithApi();
    await send('DELETE', path, undefined, { 'if-match': etag });
    const again = await send('POST', '/apis', { ...orders, name: 'New orders' });
    expect(again.headers.get('etag')).toBe(etag);
    expect(await bodyOf<ShownApi>(again, 201)).toMatchObject({ name: 'New orders' });
  });

  test('has one identifier, which no other API has, in whatever spelling', async () => {
    const { send, change } = await startWithApi();
    for (const resource of [ORDERS, `${ORDERS}/`, 'https://stock.example.com', 'https://admin.example/']) {
      const refused = await send('POST', '/apis', { ...orders, resource });
      expect(await bodyOf(refused, 409)).toMatchObject({
        detail: 'There is an API with this identifier already.',
      });
    }
    expect(await faultsOf(await change({ resource: 'https://other.example.com' }), 400)).toEqual({
      '#/resource': 'this member is not known here',
    });
  });

  test('is put into force here before the caller is answered', async () => {
    const { send, path, looks, etag } = await startWithApi();
    expect(looks()).toBe(1);
    await send('PATCH', path, { name: null }, { 'if-match': etag });
    expect(looks()).toBe(1);
    await send('DELETE', path, undefined, { 'if-match': etag });
    expect(looks()).toBe(2);
  });
});

describe('APIs of the settings', () => {
  test('are listed with all others in the order of their identifiers, page by page', async () => {
    const { send } = await startWithApi();
    const listed: [string, string][] = [];
    let query = '?limit=1';
    for (let pages = 0; pages < 3; pages += 1) {
      const { items, next } = await bodyOf<Page>(await send('GET', `/apis${query}`));
      listed.push(...items.map(({ resource, origin }) => [resource, origin] as [string, string]));
      query = `?limit=1&after=${next}`;
    }
    expect(query).toBe('?limit=1&after=null');
    expect(listed).toEqual([
      ['https://admin.example', 'built in'],
      [ORDERS, 'registry'],
      ['https://stock.example.com', 'file'],
    ]);
  });

  test('are shown in the same form, and are read-only', async () => {
    const { send } = await startWithApi();
    const { items } = await bodyOf<Page>(await send('GET', '/apis'));
    const stock = items.find(({ origin }) => origin === 'file');
    expect(stock).toMatchObject({
      name: 'Stock',
      'name#de': 'Lager',
      scopes: { read: { description: 'See the stock', 'description#de': 'Das Lager ansehen' } },
    });
    const path = `/apis/${stock?.id}`;
    const found = await send('GET', path);
    const ifMatch = { 'if-match': String(found.headers.get('etag')) };
    expect(await bodyOf<ShownApi>(found)).toEqual(stock);
    for (const refused of [
      await send('PATCH', path, { name: 'Other' }, ifMatch),
      await send('DELETE', path, undefined, ifMatch),
    ]) {
      expect(await bodyOf(refused, 409)).toMatchObject({ detail: expect.stringContaining('read-only') });
    }
  });

  test('have identifiers of any length, and pages go on after them', async () => {
    const { send } = await startWithApi();
    const resource = `https://a.example.com/${'long/'.repeat(390)}`;
    expect((await send('POST', '/apis', { ...orders, resource })).status).toBe(201);
    const { next } = await bodyOf<Page>(await send('GET', '/apis?limit=1'));
    const { items } = await bodyOf<Page>(await send('GET', `/apis?after=${next}`));
    expect(items).toHaveLength(3);
  });
});

describe('a definition that is not valid', () => {
  test('is 400, and the answer names each of its faults', async () => {
    const { send } = await startWithApi();
    const faulty = {
      resource: 'http://orders.example.com#fragment',
      scopes: { 'or ders': 'See your orders', openid: 'Know you', 'orders:write': {} },
      access_token_ttl: 4,
      grants: ['nobody'],
    };
    const faults = await faultsOf(await send('POST', '/apis', faulty), 400);
    expect(Object.keys(faults)).toEqual(
      expect.arrayContaining([
        '#/resource',
        '#/name',
        '#/access_token_ttl',
        '#/grants/0',
        '#/scopes/or%20ders',
      ]),
    );
    expect(await faultsOf(await send('POST', '/apis', { ...orders, admin: true }), 400)).toEqual({
      '#/admin': 'is not a member',
    });
  });

  test.each([
    [{ name: null }, '#/name'],
    [{ scopes: { 'orders:read': null, 'orders:write': null } }, '#/scopes'],
    [{ scopes: { 'orders:write': { 'name#de': 'x' } } }, '#/scopes/orders:write'],
    [{ default_scopes: ['orders:cancel'] }, '#/default_scopes'],
    [{ 'name#': 'No language' }, '#/name%23'],
    [{ resource_servers: ['app', 'robot', 'nobody'] }, '#/resource_servers/0'],
  ])('is 422 when a change would make it: %j', async (patch, pointer) => {
    const { send, path, change, shown } = await startWithApi();
    expect(Object.keys(await faultsOf(await change(patch), 422)).map(decodeURIComponent)).toContain(
      decodeURIComponent(pointer),
    );
    expect(await bodyOf<ShownApi>(await send('GET', path))).toEqual(shown);
  });

  test('is 422 when a resource server is no client', async () => {
    const { send, change } = await startWithApi();
    const another = { ...orders, resource: 'https://other.example.com' };
    const refused = await send('POST', '/apis', { ...another, resource_servers: ['robot', 'nobody'] });
    expect(await faultsOf(refused, 422)).toEqual({ '#/resource_servers/1': 'is not a client' });
    await bodyOf(await send('POST', '/clients', { client_id: 'orders-api' }), 201);
    const named = { resource_servers: ['robot', 'orders-api'] };
    expect((await send('POST', '/apis', { ...another, ...named })).status).toBe(201);
    expect(await bodyOf<ShownApi>(await change(named))).toMatchObject(named);
  });

  test('is 422 when there are 1,000 APIs', async () => {
    const { send, apis } = await startWithApi();
    const { definition } = (await apis.all())[0] ?? expect.unreachable();
    for (let number = 1; number < 1_000; number += 1) await apis.create({ id: `${number}`, definition });
    const refused = await send('POST', '/apis', { ...orders, resource: 'https://other.example.com' });
    expect(await bodyOf(refused, 422)).toMatchObject({ detail: expect.stringContaining('1,000 APIs') });
  });
});

describe('a definition does not grow without end', () => {
  /** A member in that many languages. */
  const inLanguages = (member: string, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`${member}#aa-${index}`, 'In words']));

  test('since a text is in 50 languages at most, however often it is changed', async () => {
    const { send, path, change } = await startWithApi();
    const changed = await change({ 'name#de': null, ...inLanguages('name', 50) });
    expect(changed.status).toBe(200);
    const another = { 'if-match': String(changed.headers.get('etag')) };
    expect(await faultsOf(await send('PATCH', path, { 'name#fr': 'Commandes' }, another), 422)).toEqual({
      '#/name': 'must be in at most 50 other languages',
    });
    const scopes = { 'orders:write': { description: 'Change', ...inLanguages('description', 51) } };
    const faults = await faultsOf(await send('PATCH', path, { scopes }, another), 422);
    expect(Object.keys(faults).map(decodeURIComponent)).toEqual(['#/scopes/orders:write/description']);
  });

  test.each([{ default_scopes: Array(201).fill('orders:read') }, { grants: ['user', 'client', 'user'] }])(
    'since a list is no longer than it need be',
    async (member) => {
      const { change } = await startWithApi();
      expect(await faultsOf(await change(member), 400)).toBeDefined();
    },
  );
});

describe('what users have allowed', () => {
  const both = { [ORDERS]: 'orders:read orders:write', 'https://stock.example.com': 'read' };

  test('is forgotten with the API, and no more than that', async () => {
    const api = await startWithApi();
    await allow(api, 'alice', both);
    await api.send('DELETE', api.path, undefined, { 'if-match': '"9"' });
    expect(await api.artifacts.find('Consent', 'alice')).toMatchObject({ resources: both });
    await api.send('DELETE', api.path, undefined, { 'if-match': api.etag });
    const { resources } = (await api.artifacts.find('Consent', 'alice')) ?? {};
    expect(resources).toEqual({ 'https://stock.example.com': 'read' });
  });

  test('is forgotten with a scope', async () => {
    const api = await startWithApi();
    await allow(api, 'alice', both);
    await api.change({ scopes: { 'orders:write': null } });
    const { resources } = (await api.artifacts.find('Consent', 'alice')) ?? {};
    expect(resources).toEqual({ ...both, [ORDERS]: 'orders:read' });
  });
});

test('who defines, changes and deletes an API is recorded', async () => {
  const { admin, send, path, change, shown, useCases } = await startWithApi();
  const changed = await change({ name: 'Other', listed: false });
  await change({ name: 'Stale' });
  await send('DELETE', path, undefined, { 'if-match': String(changed.headers.get('etag')) });
  const records = await useCases.audit.list(undefined, 10);
  const by = { actor: { client: 'console', user: admin.id }, subject: `api:${shown.id}` };
  expect(records.toReversed()).toMatchObject([
    { ...by, action: 'api_created', details: { resource: ORDERS, scopes: Object.keys(orders.scopes) } },
    { ...by, action: 'api_changed', details: { resource: ORDERS, members: ['name', 'listed'] } },
    { ...by, action: 'api_deleted', details: { resource: ORDERS } },
  ]);
  expect(records).toHaveLength(3);
});

test('seeing APIs and changing them are scopes of their own', async () => {
  const { admin, alice, call, path, etag, tokenFor } = await startWithApi();
  const asked = async (method: string, at: string, user: { id: string }, ...scopes: string[]) =>
    (await call(method, at, { token: tokenFor(user, ...scopes), headers: { 'if-match': etag } })).status;
  expect(await asked('GET', '/apis', admin, 'apis:read')).toBe(200);
  expect(await asked('GET', path, admin, 'apis:write', 'clients:read')).toBe(403);
  expect(await asked('DELETE', path, admin, 'apis:read')).toBe(403);
  expect(await asked('GET', '/apis', alice, 'apis:read')).toBe(403);
  expect(await asked('DELETE', path, admin, 'apis:write')).toBe(204);
});

test('a client may have shorter tokens than its APIs say, and scopes that its users may untick', async () => {
  const { send } = await startWithApi();
  const members = { access_token_ttl: 60, optional_scopes: ['orders:write'] };
  expect(await bodyOf(await send('POST', '/clients', { client_id: 'app', ...members }), 201)).toMatchObject(
    members,
  );
  expect((await send('POST', '/clients', { client_id: 'other', access_token_ttl: 4 })).status).toBe(400);
});
