/** APIs that administrators define at one of two auth servers over one database are in force at the other within a second. */
import { randomBytes } from 'node:crypto';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { sql } from 'kysely';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../src/stores/postgres/database.ts';
import { emptyDatabase } from '../stores/empty-database.ts';
import { accessToken, type Client, expectRefusal } from '../support/auth-server.ts';
import { agree, answerAt, authorizationUrl, codeFor } from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';
import { createDatabase } from './support/server.ts';
import { startWithUsers, type WithUsers } from './support/with-users.ts';

/** A second, and as much again, since the machine has other tests to run. */
const SOON = { timeout: 2_000, interval: 50 };

const created = createDatabase();
let url: string;
beforeAll(async () => {
  url = await created;
});
beforeEach(() => emptyDatabase(url));

/** Gets tokens for itself, and is the resource server of the API, too. Its registration names no API. */
const job = { id: 'job', secret: 'poiuytrewq' };
const app = { id: 'app', secret: 'lkjhgfdsa', redirectUri: 'https://app.example/callback' };
const registrations = [
  {
    client_id: job.id,
    client_secret: job.secret,
    grant_types: ['client_credentials'],
    response_types: [],
  },
  { client_id: app.id, client_secret: app.secret, redirect_uris: [app.redirectUri] },
];

const resource = 'https://orders.example.com';
const orders = {
  resource,
  name: 'Orders',
  scopes: { 'orders:read': 'See your orders', 'orders:write': 'Change your orders' },
  default_scopes: ['orders:read', 'orders:write'],
  access_token_ttl: 300,
  resource_servers: [job.id],
};

/** Starts two replicas, one after the other since the first creates alice. */
async function startTwo(): Promise<[WithUsers, WithUsers]> {
  const shared = { ISSUER: 'http://issuer.example', SEALING_KEYS: randomBytes(32).toString('base64') };
  const start = () => startWithUsers(url, shared, registrations);
  return [await start(), await start()];
}

interface Defined {
  path: string;
  etag: string;
}

async function define({ call }: WithUsers, members: object = {}): Promise<Defined> {
  const answer = await call('POST', '/apis', { body: { ...orders, ...members } });
  expect(answer.status, await answer.clone().text()).toBe(201);
  return { path: answer.headers.get('location') ?? '', etag: answer.headers.get('etag') ?? '' };
}

async function change({ call }: WithUsers, { path, etag }: Defined, body: object): Promise<Defined> {
  const answer = await call('PATCH', path, { body, headers: { 'if-match': etag } });
  expect(answer.status, await answer.clone().text()).toBe(200);
  return { path, etag: answer.headers.get('etag') ?? '' };
}

async function remove({ call }: WithUsers, { path, etag }: Defined): Promise<void> {
  expect((await call('DELETE', path, { headers: { 'if-match': etag } })).status).toBe(204);
}

const ask = ({ requestClientToken }: WithUsers, scope = 'orders:read') =>
  requestClientToken({ resource, scope }, job);

/** Waits for a replica to answer a request for a token in this way. */
const answersSoon = (server: WithUsers, status: number, scope?: string) =>
  expect.poll(async () => (await ask(server, scope)).status, SOON).toBe(status);

async function isActive({ introspect }: WithUsers, token: string, client: Client = job): Promise<boolean> {
  return ((await (await introspect(token, client)).json()) as { active: boolean }).active;
}

describe('an API that an administrator defines at one replica', () => {
  test('gives tokens at the other within a second, and these are active at both', async () => {
    const [one, other] = await startTwo();
    await expectRefusal(await ask(other), 400, 'invalid_target');
    await define(one);
    // Where it was defined, nobody has to wait.
    const first = await accessToken(await ask(one));
    await answersSoon(other, 200);
    const second = await accessToken(await ask(other));
    expect(decodeJwt(second)).toMatchObject({ aud: resource, scope: 'orders:read' });
    for (const token of [first, second])
      expect(await Promise.all([one, other].map((server) => isActive(server, token)))).toEqual([true, true]);
  });

  test('has tokens of an algorithm that had no key, with one key for both', async () => {
    const [one, other] = await startTwo();
    await define(one, { signing_alg: 'PS256' });
    await answersSoon(other, 200);
    const keySets = [one, other].map(({ issuer }) => createRemoteJWKSet(new URL(`${issuer}/jwks`)));
    for (const server of [one, other]) {
      const token = await accessToken(await ask(server));
      for (const keySet of keySets) {
        const { protectedHeader } = await jwtVerify(token, keySet, { typ: 'at+jwt' });
        expect(protectedHeader.alg).toBe('PS256');
      }
    }
    const published = await Promise.all(
      [one, other].map(async ({ issuer }) => (await fetch(`${issuer}/jwks`)).json()),
    );
    expect(published[0]).toEqual(published[1]);
  });

  test('loses a scope at the other within a second, and with it the tokens that have the scope', async () => {
    const [one, other] = await startTwo();
    const defined = await define(one);
    await answersSoon(other, 200);
    const reading = await accessToken(await ask(other));
    const writing = await accessToken(await ask(other, 'orders:read orders:write'));
    expect(await isActive(other, writing)).toBe(true);
    await change(one, defined, { scopes: { 'orders:write': null }, default_scopes: ['orders:read'] });
    expect(await isActive(one, writing)).toBe(false);
    await expect.poll(() => isActive(other, writing), SOON).toBe(false);
    await expectRefusal(await ask(other, 'orders:write'), 400, 'invalid_scope');
    expect(await isActive(other, reading)).toBe(true);
  });

  test('has a new scope at the other within a second', async () => {
    const [one, other] = await startTwo();
    const defined = await define(one);
    await answersSoon(other, 200);
    await expectRefusal(await ask(other, 'orders:cancel'), 400, 'invalid_scope');
    await change(one, defined, {
      scopes: { 'orders:cancel': 'Cancel your orders' },
      default_scopes: ['orders:cancel'],
    });
    await answersSoon(other, 200, 'orders:cancel');
  });

  test('is gone at the other within a second when it is deleted, and its tokens are inactive', async () => {
    const [one, other] = await startTwo();
    const defined = await define(one);
    await answersSoon(other, 200);
    const token = await accessToken(await ask(other));
    await remove(one, defined);
    expect(await isActive(one, token)).toBe(false);
    await expect.poll(() => isActive(other, token), SOON).toBe(false);
    await expectRefusal(await ask(other), 400, 'invalid_target');
  });

  test('is changed at the other with the version of the one, and only with the latest', async () => {
    const [one, other] = await startTwo();
    const defined = await define(one);
    const changed = await change(other, defined, { name: 'Purchases' });
    const stale = await one.call('DELETE', defined.path, { headers: { 'if-match': defined.etag } });
    expect(stale.status).toBe(412);
    await remove(one, changed);
    expect((await other.call('GET', defined.path)).status).toBe(404);
  });
});

describe('what a user has allowed at an API', () => {
  const scope = 'orders:read';

  /** Has alice allow the app to see her orders, and answers how the app asks again, at either replica. */
  async function allowedAt(server: WithUsers) {
    const browser = new UserAgent(server.issuer);
    await codeFor(server, app, { scope }, browser);
    // The browser sends both replicas the same cookies, because cookies ignore ports.
    return ({ issuer }: WithUsers) => browser.open(authorizationUrl(issuer, app, { scope }));
  }

  test('is remembered at both replicas, and forgotten at both when the API is deleted and defined again', async () => {
    const [one, other] = await startTwo();
    const defined = await define(one);
    await answersSoon(other, 200);
    const again = await allowedAt(other);
    for (const server of [one, other]) expect(answerAt(await again(server), app)).toHaveProperty('code');
    await remove(one, defined);
    await answersSoon(other, 400);
    await define(one);
    await answersSoon(other, 200);
    for (const server of [one, other]) expect((await again(server)).html).toContain('See your orders');
    expect(answerAt(await agree(await again(one)), app)).toHaveProperty('code');
    expect(answerAt(await again(other), app)).toHaveProperty('code');
  });

  test('is forgotten with a scope, which the user is asked about when it comes back', async () => {
    const [one, other] = await startTwo();
    const defined = await define(one);
    await answersSoon(other, 200);
    const again = await allowedAt(other);
    const changed = await change(one, defined, {
      scopes: { 'orders:read': null },
      default_scopes: ['orders:write'],
    });
    await answersSoon(other, 400);
    await change(one, changed, { scopes: orders.scopes, default_scopes: orders.default_scopes });
    await answersSoon(other, 200);
    expect((await again(other)).html).toContain('See your orders');
  });
});

test('an API that very many users have allowed is changed and deleted all the same, after the answer if need be', async () => {
  const [one] = await startTwo();
  const { path, etag } = await define(one);
  const database = openDatabase(url, { connections: 1 });
  onTestFinished(() => database.destroy());
  await sql`
    insert into artifacts (model, id, payload, account_id, client_id, apis, expires_at)
    select 'Consent', n::text, json_build_object('resources', json_build_object(${resource}::text, 'orders:read orders:write')),
      'user ' || n, 'app', array[${resource}::text], now() + interval '1 day'
    from generate_series(1, 20000) n`.execute(database);
  const allowed = async () =>
    (
      await sql<{ scope: string | null; rows: number }>`
        select payload -> 'resources' ->> ${resource} as scope, count(*)::int as rows from artifacts
        where model = 'Consent' group by 1`.execute(database)
    ).rows;
  const done = { timeout: 50_000, interval: 200 };
  const patch = { scopes: { 'orders:write': null }, default_scopes: ['orders:read'] };
  const changed = await one.call('PATCH', path, { body: patch, headers: { 'if-match': etag } });
  expect([200, 504]).toContain(changed.status);
  const shown = () => one.call('GET', path);
  await expect.poll(async () => (await shown()).headers.get('etag'), done).not.toBe(etag);
  expect(await allowed()).toEqual([{ scope: 'orders:read', rows: 20_000 }]);
  const latest = (await shown()).headers.get('etag') ?? '';
  expect([204, 504]).toContain((await one.call('DELETE', path, { headers: { 'if-match': latest } })).status);
  await expect.poll(async () => (await shown()).status, done).toBe(404);
  expect(await allowed()).toEqual([{ scope: null, rows: 20_000 }]);
}, 120_000);

describe('of twenty administrators at once at two replicas', () => {
  const twenty = Array.from({ length: 20 }, (_, index) => index);

  /** Has each of them define an API, and answers the statuses. */
  async function statuses(servers: WithUsers[], resourceOf: (index: number) => string): Promise<number[]> {
    const answers = await Promise.all(
      twenty.map((index) =>
        servers[index % 2]?.call('POST', '/apis', { body: { ...orders, resource: resourceOf(index) } }),
      ),
    );
    return answers.map((answer) => answer?.status ?? 0);
  }

  const listedAt = async ({ call }: WithUsers) => {
    const { items } = (await (await call('GET', '/apis?limit=100')).json()) as {
      items: { origin: string; resource: string }[];
    };
    return items.filter(({ origin }) => origin === 'registry').map(({ resource }) => resource);
  };

  test('each defines an API of their own, and all of these are soon in force at both', async () => {
    const servers = await startTwo();
    const resourceOf = (index: number) => `https://api-${index}.example.com`;
    expect(await statuses(servers, resourceOf)).toEqual(twenty.map(() => 201));
    for (const server of servers) {
      expect((await listedAt(server)).toSorted()).toEqual(twenty.map(resourceOf).toSorted());
      for (const index of twenty) {
        const request = { resource: resourceOf(index), scope: 'orders:read' };
        const status = async () => (await server.requestClientToken(request, job)).status;
        await expect.poll(status, SOON).toBe(200);
      }
    }
  });

  test('one defines an API, however it is spelt, and the others are told that there is one', async () => {
    const servers = await startTwo();
    const spellings = [resource, `${resource}/`, 'https://ORDERS.example.com:443'];
    const answered = await statuses(servers, (index) => spellings[index % 3] ?? resource);
    expect(answered.toSorted()).toEqual([201, ...Array(19).fill(409)]);
    for (const server of servers) expect(await listedAt(server)).toHaveLength(1);
    for (const server of servers) await answersSoon(server, 200);
  });
});
