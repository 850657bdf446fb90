/** What a unit of work does with the database, where there is one connection for everything. */
import { randomBytes } from 'node:crypto';
import { recordingTelemetry } from 'shared/test/serve.ts';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { apiDefinition } from '../../src/core/apis/api-definition.ts';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { postgresStores } from '../../src/stores/postgres/postgres-stores.ts';
import type { Stores } from '../../src/stores/stores.ts';
import { emptyDatabase } from '../stores/empty-database.ts';
import { createDatabase } from './support/server.ts';

const created = createDatabase();
let stores: Stores;

beforeEach(async () => {
  const url = await created;
  await emptyDatabase(url);
  const stopping = new AbortController();
  stores = postgresStores(
    { url, sealingKeys: [randomBytes(32)], migrations: 'start', connections: 1 },
    ARTIFACT_MODELS,
    recordingTelemetry(),
    stopping.signal,
  );
  await stores.prepare();
  onTestFinished(() => stopping.abort());
});

const soon = () => Math.floor(Date.now() / 1_000) + 60;

const store = (id: string, accountId = 'alice') =>
  stores.artifacts.upsert('Grant', id, { jti: id, accountId, clientId: 'app' }, 60);

const isStored = async (id: string) => (await stores.artifacts.find('Grant', id)) !== undefined;

describe('a unit of work', () => {
  test('keeps all that was written, or nothing', async () => {
    await stores.unitOfWork(
      () => store('kept'),
      () => true,
    );
    await stores.unitOfWork(
      () => store('dropped'),
      () => false,
    );
    const failed = stores.unitOfWork(async () => {
      await store('failed');
      throw new Error('it failed');
    });
    await expect(failed).rejects.toThrow('it failed');
    expect(await Promise.all(['kept', 'dropped', 'failed'].map(isStored))).toEqual([true, false, false]);
  });

  test('reads what it has written, also what is asked while it begins', async () => {
    await stores.unitOfWork(async () => {
      const [, before] = await Promise.all([store('one'), stores.users.find('nobody'), store('two')]);
      expect(before).toBeUndefined();
      expect(await isStored('one')).toBe(true);
      expect(await stores.revocations.has('none')).toBe(false);
    });
    expect(await isStored('two')).toBe(true);
  });

  test('within another is a part of it', async () => {
    const failed = stores.unitOfWork(async () => {
      await stores.unitOfWork(() => store('inner'));
      throw new Error('the outer one failed');
    });
    await expect(failed).rejects.toThrow('the outer one failed');
    expect(await isStored('inner')).toBe(false);
  });

  test('that is dropped leaves what must last: revocations, guesses and records', async () => {
    const dropped = stores.unitOfWork(async () => {
      await store('dropped');
      await stores.revocations.add('a-token', soon());
      await stores.attempts.add('a-guess', 60);
      expect(await stores.attempts.add('a-guess', 60)).toBe(2);
      await stores.audit.record({ action: 'sign_in_failed', actor: undefined, subject: 'one' });
      await stores.artifacts.upsert('ReplayDetection', 'a-proof', {}, 60);
      throw new Error('it failed');
    });
    await expect(dropped).rejects.toThrow('it failed');
    expect(await isStored('dropped')).toBe(false);
    expect(await stores.revocations.has('a-token')).toBe(true);
    expect(await stores.attempts.add('a-guess', 60)).toBe(3);
    expect(await stores.audit.list(undefined, 10)).toMatchObject([{ subject: 'one' }]);
    expect(await stores.artifacts.find('ReplayDetection', 'a-proof')).toBeDefined();
  });

  test('goes on after a change that the database refused', async () => {
    const user = {
      displayName: undefined,
      email: undefined,
      emailVerified: false,
      roles: [],
      status: 'active' as const,
      passwordHash: 'a-hash',
      createdAt: new Date(),
      updatedAt: new Date(),
      version: 1,
    };
    await stores.users.create({ ...user, id: 'alice', username: 'alice' });
    await stores.users.create({ ...user, id: 'bob', username: 'bob' });
    await stores.unitOfWork(async () => {
      await store('before');
      expect(await stores.users.update('bob', 1, { username: 'ALICE' })).toEqual({
        ok: false,
        refusal: 'taken',
      });
      await store('after');
    });
    expect(await Promise.all(['before', 'after'].map(isStored))).toEqual([true, true]);
  });

  test('destroys at its end, all at once, and nothing when it is dropped', async () => {
    for (const id of ['one', 'two']) await store(id);
    await stores.unitOfWork(async () => {
      await stores.artifacts.destroy('Grant', 'one');
      // Until then nobody has to wait for it.
      expect(await isStored('one')).toBe(true);
    });
    await stores.unitOfWork(
      () => stores.artifacts.destroy('Grant', 'two'),
      () => false,
    );
    expect(await Promise.all(['one', 'two'].map(isStored))).toEqual([false, true]);
  });
});

describe('an API that goes', () => {
  const orders = 'https://orders.example.com';
  const definition = apiDefinition.parse({
    resource: orders,
    name: 'Orders',
    scopes: { read: 'See orders' },
  });
  const consent = { jti: 'one', accountId: 'alice', clientId: 'app', resources: { [orders]: 'read' } };

  test('goes with what users have allowed, or not at all', async () => {
    await stores.apis.create({ id: 'orders', definition });
    await stores.artifacts.upsert('Consent', 'one', consent, 60);
    const edition = await stores.apis.edition();
    const dropped = stores.unitOfWork(async () => {
      await stores.apis.delete('orders', 1);
      await stores.artifacts.forgetScopes([{ resource: orders, scopes: 'all' }]);
      throw new Error('it failed');
    });
    await expect(dropped).rejects.toThrow('it failed');
    expect(await stores.apis.find('orders')).toBeDefined();
    expect(await stores.apis.edition()).toBe(edition);
    expect(await stores.artifacts.find('Consent', 'one')).toEqual(consent);
    await stores.unitOfWork(async () => {
      await stores.apis.delete('orders', 1);
      await stores.artifacts.forgetScopes([{ resource: orders, scopes: 'all' }]);
    });
    expect(await stores.apis.find('orders')).toBeUndefined();
    expect(await stores.apis.edition()).not.toBe(edition);
    expect(await stores.artifacts.find('Consent', 'one')).toEqual({ ...consent, resources: {} });
  });
});
