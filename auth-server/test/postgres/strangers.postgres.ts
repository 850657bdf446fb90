/** Clients that strangers register, in the database that all replicas share. */
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ArtifactModel, StoreFull } from '../../src/core/grants/artifact-store.ts';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { postgresArtifacts } from '../../src/stores/postgres/artifacts.ts';
import { type Database, openDatabase } from '../../src/stores/postgres/database.ts';
import { migrate } from '../../src/stores/postgres/run-migrations.ts';
import { sealer } from '../../src/stores/postgres/sealing.ts';
import { unitsOfWork } from '../../src/stores/postgres/units/transactions.ts';
import { emptyDatabase } from '../stores/empty-database.ts';
import { refresh, tokensFor, tokensOf } from '../support/code-flow.ts';
import type { Registered } from '../support/registry.ts';
import { codeClientOf, tool } from '../support/strangers.ts';
import { createDatabase } from './support/server.ts';
import { startWithUsers } from './support/with-users.ts';

const created = createDatabase();
let url: string;
let replicas: [Database, Database];

beforeAll(async () => {
  url = await created;
  replicas = [openDatabase(url), openDatabase(url)];
});
afterAll(() => Promise.all(replicas.map((replica) => replica.destroy())));
beforeEach(async () => {
  await emptyDatabase(url);
  await migrate(url);
});

interface Row {
  used: boolean;
  days: number;
  version: string;
  record: string;
}

/** The rows of strangers' clients: how long each still lives, and which write of it is the last. */
async function rows(): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select consumed_at is not null as used, round(extract(epoch from expires_at - now()) / 86400)::int as days,
      xmin::text as version, to_json(artifacts)::text as record
    from artifacts where model = 'StrangerClient'`.execute(replicas[0]);
  return rows;
}

/** Lets so many days pass for all that is stored. */
const pass = (days: number) =>
  sql`update artifacts set expires_at = expires_at - make_interval(days => ${days}) where model = 'StrangerClient'`.execute(
    replicas[0],
  );

test('a client of a stranger is kept for a day, from its first token for 90, and written once a day', async () => {
  const server = await startWithUsers(url, { REGISTRATION: 'open', DATABASE_CONNECTIONS: '1' });
  const response = await fetch(`${server.issuer}/register`, {
    method: 'POST',
    body: JSON.stringify(tool),
    headers: { 'content-type': 'application/json' },
  });
  const registered = (await response.json()) as Registered;
  expect(response.status, JSON.stringify(registered)).toBe(201);
  expect(await rows()).toMatchObject([{ used: false, days: 1 }]);
  const client = codeClientOf(registered);
  const tokens = await tokensFor(server, client, {
    scope: 'openid offline_access current_time',
    prompt: 'consent',
  });
  const [first] = await rows();
  expect(first).toMatchObject({ used: true, days: 90 });
  // What opens its management is not in the database.
  expect(first?.record).not.toContain(registered.registration_access_token);
  const { refresh_token } = await tokensOf(await refresh(server, tokens.refresh_token, client));
  expect(await rows()).toEqual([first]);
  await pass(2);
  const next = await tokensOf(await refresh(server, refresh_token, client));
  expect(await rows()).toMatchObject([{ used: true, days: 90 }]);

  const manage = (method: string, token = registered.registration_access_token, body?: object) =>
    fetch(registered.registration_client_uri, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
  const { client_id, redirect_uris } = registered;
  const changed = await manage('PUT', undefined, { client_id, redirect_uris, first_party: true });
  expect(changed.status).toBe(200);
  const after = (await changed.json()) as Registered;
  expect(after).toMatchObject({ token_endpoint_auth_method: 'none', grant_types: ['authorization_code'] });
  expect(await rows()).toMatchObject([{ used: true, days: 90 }]);
  expect((await manage('GET')).status).toBe(401);
  expect((await manage('DELETE', after.registration_access_token)).status).toBe(204);
  expect(await rows()).toEqual([]);
  expect((await refresh(server, next.refresh_token, client)).status).toBe(401);
});

test('a registration whose request fails leaves nothing behind', async () => {
  const server = await startWithUsers(url, { REGISTRATION: 'open' });
  const response = await fetch(`${server.issuer}/register`, {
    method: 'POST',
    body: JSON.stringify(tool),
    headers: { 'content-type': 'application/json', 'x-request-timeout-ms': '1' },
  });
  expect(response.status).toBeGreaterThanOrEqual(500);
  expect(await rows()).toEqual([]);
});

describe('two replicas that are full', () => {
  const most = 20;
  const stranger = { ...(ARTIFACT_MODELS.StrangerClient as ArtifactModel), mostInAll: most };
  const key = randomBytes(32);

  /** A store of each replica, and a unit of work with it. */
  const stores = () =>
    replicas.map((replica) => {
      const units = unitsOfWork(replica);
      const models = { ...ARTIFACT_MODELS, StrangerClient: stranger };
      return { units, store: postgresArtifacts(models, units.database, sealer([key]), units) };
    });

  const register = ({ units, store }: ReturnType<typeof stores>[number], id: string) =>
    units.run(async () => {
      await store.upsert('StrangerClient', id, { metadata: {} }, 60);
      await store.upsert('StrangerClient', id, { metadata: {}, uid: id }, 60);
    });

  test('register at once in the place of the oldest, while others use theirs, and nobody fails', async () => {
    const both = stores();
    const [one] = both as [(typeof both)[number]];
    for (let nth = 0; nth < most; nth += 1) await register(one, `old-${nth}`);
    const flood = Array.from({ length: 100 }, (_, nth) => register(both[nth % 2] ?? one, `new-${nth}`));
    const uses = Array.from({ length: 50 }, (_, nth) => {
      const { units, store } = both[nth % 2] ?? one;
      return units.run(async () => {
        await store.renew('StrangerClient', `old-${nth % most}`, 90 * 24 * 60 * 60);
        await store.renew('StrangerClient', `old-${(nth * 7) % most}`, 90 * 24 * 60 * 60);
      });
    });
    const told = await Promise.allSettled([...flood, ...uses]);
    const failures = told.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(failures.filter((failure) => !(failure instanceof StoreFull))).toEqual([]);
    await register(one, 'last').catch(() => {});
    expect((await rows()).length).toBeLessThanOrEqual(most);
  });

  test('keep those that are used, and register no other', async () => {
    const both = stores();
    const [one, two] = both as [(typeof both)[number], (typeof both)[number]];
    for (let nth = 0; nth < most; nth += 1) {
      await register(one, `used-${nth}`);
      await two.store.renew('StrangerClient', `used-${nth}`, 90 * 24 * 60 * 60);
    }
    await expect(register(two, 'new')).rejects.toThrow(StoreFull);
    expect((await rows()).map(({ used }) => used)).toEqual(Array(most).fill(true));
  });
});
