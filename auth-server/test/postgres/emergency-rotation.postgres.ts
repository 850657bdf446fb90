/** An emergency rotation where several auth servers share a database: no replica goes on with a key that has leaked. */
import { randomBytes } from 'node:crypto';
import type { JWK } from 'jose';
import { beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../src/stores/postgres/database.ts';
import { sealer } from '../../src/stores/postgres/sealing.ts';
import { postgresSigningKeys } from '../../src/stores/postgres/signing-keys.ts';
import { emptyDatabase } from '../stores/empty-database.ts';
import {
  ADMIN_RESOURCE,
  type Administered,
  adminToken,
  keysOf,
  publishedKids,
  rotate,
  startAdministered,
} from '../support/administered.ts';
import { accessToken, batch } from '../support/auth-server.ts';
import { isActive } from '../support/code-flow.ts';
import { forgedToken } from '../support/forged-tokens.ts';
import { createDatabase } from './support/server.ts';

const created = createDatabase();
let url: string;
beforeAll(async () => {
  url = await created;
});

const ISSUER = 'http://issuer.example';
const sealingKey = randomBytes(32);

/** How long a replica may take to notice, in milliseconds: it looks every five seconds. */
const timeout = 10_000;

async function startTwo(settings: Record<string, string> = {}): Promise<[Administered, Administered]> {
  await emptyDatabase(url);
  const environment = {
    DATABASE_URL: url,
    SEALING_KEYS: sealingKey.toString('base64'),
    USER_DIRECTORY: 'accept-anyone',
    ISSUER,
    ...settings,
  };
  return Promise.all([startAdministered(environment), startAdministered(environment)]);
}

/** What a thief has: the private keys of access tokens. */
async function leakedKeys(): Promise<JWK[]> {
  const database = openDatabase(url, { connections: 1 });
  const keys = await postgresSigningKeys(database, sealer([sealingKey])).all();
  await database.destroy();
  return keys.map(({ jwk }) => jwk as JWK).filter(({ alg }) => alg === 'ES256');
}

const forAdmins = () => ({ aud: ADMIN_RESOURCE, sub: batch.id, client_id: batch.id, scope: 'keys:read' });

test.each(['on', 'off'])(
  'with FAST_PATH=%s, a leaked key opens nothing at the replica that replaces it, and within seconds at no other',
  async (FAST_PATH) => {
    const replicas = await startTwo({ FAST_PATH });
    const [one, other] = replicas;
    // One that signs, and one that waits to.
    await rotate(one, 'published');
    const leaked = await leakedKeys();
    expect(leaked).toHaveLength(2);
    const [signing] = leaked;
    if (signing === undefined) return expect.unreachable();
    for (const replica of replicas) {
      expect(await isActive(replica, await forgedToken(ISSUER, signing))).toBe(true);
      expect((await keysOf(replica, await forgedToken(ISSUER, signing, forAdmins()))).status).toBe(200);
    }

    await rotate(one, 'now');
    await expectNothingOpens(one, leaked);
    await expect
      .poll(() => publishedKids(other), { timeout })
      .not.toEqual(expect.arrayContaining([String(signing.kid)]));
    await expectNothingOpens(other, leaked);

    const kids = await publishedKids(one);
    expect(await publishedKids(other)).toEqual(kids);
    const token = await accessToken(await other.requestToken());
    expect([await isActive(one, token), await isActive(other, token)]).toEqual([true, true]);
  },
);

async function expectNothingOpens(replica: Administered, leaked: JWK[]): Promise<void> {
  const kids = await publishedKids(replica);
  for (const jwk of leaked) {
    expect(kids).not.toContain(jwk.kid);
    expect(await isActive(replica, await forgedToken(ISSUER, jwk))).toBe(false);
    expect((await keysOf(replica, await forgedToken(ISSUER, jwk, forAdmins()))).status).toBe(401);
  }
}

test('two administrators who rotate at once at two replicas leave one set of keys', async () => {
  const [one, other] = await startTwo();
  const before = await publishedKids(one);
  await Promise.all([rotate(one, 'now'), rotate(other, 'now')]);
  await expect
    .poll(
      async () => {
        const kids = [await publishedKids(one), await publishedKids(other)];
        return kids[0]?.length === 2 && kids[0].join() === kids[1]?.join();
      },
      { timeout },
    )
    .toBe(true);
  expect(await publishedKids(one)).not.toEqual(expect.arrayContaining([before[0]]));
  expect((await keysOf(one, await adminToken(one))).status).toBe(200);
});
