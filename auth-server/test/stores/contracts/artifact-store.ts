/** What every artifact store does. */
import { describe, expect, test } from 'vitest';
import {
  type Artifact,
  type ArtifactModel,
  type ArtifactModels,
  type ArtifactStore,
  StoreFull,
} from '../../../src/core/grants/artifact-store.ts';
import { ARTIFACT_MODELS } from '../../../src/oidc/artifact-models.ts';

/** A store with nothing in it, and a way to let time pass for it, in seconds. */
export interface OpenStore {
  store: ArtifactStore;
  pass(seconds: number): Promise<void>;
}

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/** An artifact like those of the library: its `jti` is the id that it is stored by. */
const artifact = (id: string, fields: Artifact = {}): Artifact => ({ jti: id, kind: 'any', ...fields });

/** Which of some ids are still found. */
export async function found(store: ArtifactStore, model: string, ids: string[]): Promise<string[]> {
  const kept = await Promise.all(ids.map((id) => store.find(model, id)));
  return ids.filter((_id, index) => kept[index] !== undefined);
}

/** @param open opens a store of these models, or of those that there are */
export function describeArtifactStore(
  name: string,
  open: (models?: ArtifactModels) => Promise<OpenStore>,
): void {
  describe(`an artifact ${name}`, () => {
    test('is found until it expires, by its model and id', async () => {
      const { store, pass } = await open();
      await store.upsert('Session', 'one', artifact('one', { accountId: 'alice' }), 60);
      await pass(55);
      expect(await store.find('Session', 'one')).toEqual(artifact('one', { accountId: 'alice' }));
      expect(await store.find('Session', 'two')).toBeUndefined();
      expect(await store.find('Grant', 'one')).toBeUndefined();
      await pass(5);
      expect(await store.find('Session', 'one')).toBeUndefined();
    });

    test('that has expired is found by nothing else either', async () => {
      const { store, pass } = await open();
      await store.upsert('Session', 'one', artifact('one', { uid: 'the-uid' }), MINUTE);
      await store.upsert('DeviceCode', 'two', artifact('two', { userCode: 'BBBB' }), MINUTE);
      await pass(MINUTE);
      expect(await store.findByUid('Session', 'the-uid')).toBeUndefined();
      expect(await store.findByUserCode('DeviceCode', 'BBBB')).toBeUndefined();
    });

    test('without a lifetime does not expire', async () => {
      const { store, pass } = await open();
      await store.upsert('Client', 'one', { client_id: 'one', client_secret: 'secret' }, undefined);
      await pass(30 * DAY);
      expect(await store.find('Client', 'one')).toEqual({ client_id: 'one', client_secret: 'secret' });
    });

    test('that is stored anew is all new, and lives anew', async () => {
      const { store, pass } = await open();
      await store.upsert(
        'Session',
        'one',
        artifact('one', { accountId: 'alice', state: { secret: 'old' } }),
        MINUTE,
      );
      await pass(40);
      await store.upsert('Session', 'one', artifact('one', { accountId: 'bob' }), MINUTE);
      await pass(40);
      expect(await store.find('Session', 'one')).toEqual(artifact('one', { accountId: 'bob' }));
    });

    test('is a copy: changing what was stored or found changes nothing', async () => {
      const { store } = await open();
      const given = artifact('one', { authorizations: { app: { sid: 'first' } } });
      await store.upsert('Session', 'one', given, MINUTE);
      given.authorizations = {};
      const first = (await store.find('Session', 'one')) as typeof given;
      Object.assign(first.authorizations as object, { app: { sid: 'second' } });
      expect((await store.find('Session', 'one'))?.authorizations).toEqual({ app: { sid: 'first' } });
    });

    test('keeps whatever it is made of, in its order', async () => {
      const { store } = await open();
      const whatever = {
        client_secret: 'secret',
        client_name: 'zero \0, half a pair \ud83d, ünïcödé, 🕰, \\u0000 and "quotes"',
        client_id: 'one',
        contacts: [],
        nested: { '': null, deep: [{ number: 1.5e300, yes: true }] },
        long: 'x'.repeat(100_000),
      };
      await store.upsert('Client', 'one', { ...whatever, gone: undefined }, MINUTE);
      const { client_secret, ...rest } = (await store.find('Client', 'one')) ?? {};
      expect(JSON.stringify(rest)).toBe(JSON.stringify({ ...whatever, client_secret: undefined }));
      expect(client_secret).toBe('secret');
    });

    test('is found by names that have a zero in them, and not by others', async () => {
      const { store } = await open();
      await store.upsert('Session', 'o\0ne', artifact('o\0ne', { accountId: 'al\0ice' }), MINUTE);
      await store.upsert('Grant', 'g\0', artifact('g\0', { accountId: 'al\0ice', clientId: 'a\0' }), MINUTE);
      expect(await store.find('Session', 'o\0ne')).toMatchObject({ accountId: 'al\0ice' });
      expect(await store.findByClient('Grant', 'al\0ice', 'a\0')).toBeDefined();
      expect(await store.find('Client', 'nobody\0')).toBeUndefined();
      expect(await store.findByUserCode('DeviceCode', '\0')).toBeUndefined();
    });

    test('is found by its uid and its user code as they are now', async () => {
      const { store } = await open();
      await store.upsert('Session', 'one', artifact('one', { uid: 'first' }), MINUTE);
      await store.upsert('Session', 'one', artifact('one', { uid: 'second' }), MINUTE);
      expect(await store.findByUid('Session', 'first')).toBeUndefined();
      expect(await store.findByUid('Session', 'second')).toMatchObject({ uid: 'second' });
      expect(await store.findByUid('Interaction', 'second')).toBeUndefined();
      await store.upsert('DeviceCode', 'two', artifact('two', { userCode: 'BBBB' }), MINUTE);
      expect(await store.findByUserCode('DeviceCode', 'BBBB')).toMatchObject({ userCode: 'BBBB' });
      await store.destroy('DeviceCode', 'two');
      expect(await store.findByUserCode('DeviceCode', 'BBBB')).toBeUndefined();
    });

    test('that shares its uid with another is found if it is the newer one', async () => {
      const { store, pass } = await open();
      await store.upsert('Session', 'old', artifact('old', { uid: 'shared', loginTs: 1 }), MINUTE);
      await pass(1);
      await store.upsert('Session', 'new', artifact('new', { uid: 'shared', loginTs: 2 }), MINUTE);
      expect(await store.findByUid('Session', 'shared')).toMatchObject({ loginTs: 2 });
    });

    test('can be stored again when it was found by its user code', async () => {
      const { store } = await open();
      await store.upsert('DeviceCode', 'one', artifact('one', { userCode: 'BBBB' }), MINUTE);
      const code = await store.findByUserCode('DeviceCode', 'BBBB');
      await store.upsert('DeviceCode', String(code?.jti), { ...code, accountId: 'alice' }, MINUTE);
      expect(await store.find('DeviceCode', 'one')).toMatchObject({ accountId: 'alice', userCode: 'BBBB' });
      expect(await store.findByUserCode('DeviceCode', 'BBBB')).toMatchObject({ accountId: 'alice' });
    });

    test('is consumed once, and says when and how long ago', async () => {
      const { store } = await open();
      await store.upsert('AuthorizationCode', 'one', artifact('one', { scope: 'openid' }), MINUTE);
      const told = await Promise.all(
        Array.from({ length: 5 }, () => store.consume('AuthorizationCode', 'one')),
      );
      expect(told.filter(Boolean)).toHaveLength(1);
      const { consumed, consumedAgo, ...rest } = (await store.find('AuthorizationCode', 'one')) ?? {};
      expect(rest).toEqual(artifact('one', { scope: 'openid' }));
      expect(Number.isInteger(consumed)).toBe(true);
      expect(Math.abs(Number(consumed) - Date.now() / 1_000)).toBeLessThan(5);
      expect(Number(consumedAgo)).toBeGreaterThanOrEqual(0);
      expect(Number(consumedAgo)).toBeLessThan(5);
    });

    test('that was never there cannot be consumed, nor be of another model', async () => {
      const { store } = await open();
      await store.upsert('AuthorizationCode', 'one', artifact('one'), MINUTE);
      expect(await store.consume('AuthorizationCode', 'nowhere')).toBe(false);
      expect(await store.consume('RefreshToken', 'one')).toBe(false);
      expect(await store.find('AuthorizationCode', 'one')).toEqual(artifact('one'));
    });

    test('that is destroyed is found no more, and no other goes with it', async () => {
      const { store } = await open();
      await store.upsert('Session', 'one', artifact('one', { uid: 'first' }), MINUTE);
      await store.upsert('Session', 'two', artifact('two', { uid: 'second' }), MINUTE);
      await store.upsert('Interaction', 'one', artifact('one'), MINUTE);
      await store.destroy('Session', 'one');
      await store.destroy('Session', 'nowhere');
      expect(await store.find('Session', 'one')).toBeUndefined();
      expect(await store.findByUid('Session', 'first')).toBeUndefined();
      expect(await store.findByUid('Session', 'second')).toBeDefined();
      expect(await store.find('Interaction', 'one')).toBeDefined();
    });
  });

  describe(`any number of artifacts ${name}`, () => {
    test('are stored together, in the place of those that were there', async () => {
      const { store, pass } = await open();
      await store.upsert('EndedSession', 'one', artifact('one', { uid: 'old', accountId: 'alice' }), MINUTE);
      const some = ['one', 'two', 'zero \0'].map((id) => ({
        id,
        artifact: artifact(id, { uid: `uid of ${id}`, accountId: 'alice', text: 'zero \0' }),
        expiresIn: DAY,
      }));
      await store.upsertAll('EndedSession', some);
      await store.upsertAll('EndedSession', []);
      await pass(MINUTE);
      for (const { id, artifact } of some) expect(await store.find('EndedSession', id)).toEqual(artifact);
      expect(await store.findByUid('EndedSession', 'old')).toBeUndefined();
      expect(await store.findByAccount('EndedSession', 'alice')).toHaveLength(3);
      await pass(DAY);
      expect(await found(store, 'EndedSession', ['one', 'two'])).toEqual([]);
    });

    test('are destroyed together, by whatever they are known by, and no others go with them', async () => {
      const { store } = await open();
      const fields = { accountId: 'alice', clientId: 'app' };
      for (const id of ['one', 'two', 'three']) {
        await store.upsert('Session', id, artifact(id, { ...fields, uid: `uid-of-${id}` }), DAY);
        await store.upsert('Grant', id, artifact(id, fields), DAY);
        await store.upsert('RefreshToken', id, artifact(id, { ...fields, grantId: id }), DAY);
        await store.upsert('AuthorizationCode', id, artifact(id, { ...fields, grantId: id }), DAY);
      }
      await store.upsert('Interaction', 'of-alice', artifact('of-alice', fields), DAY);
      await store.upsert('Interaction', 'of-bob', artifact('of-bob', { accountId: 'bob' }), DAY);
      const doomed = [
        { model: 'Session', uid: 'uid-of-one' },
        { model: 'Session', uid: 'uid-of-two' },
        { model: 'Grant', id: 'one' },
        { model: 'Grant', id: 'nowhere' },
        { model: 'RefreshToken', grantId: 'one' },
        { model: 'RefreshToken', grantId: 'two' },
        { model: 'Interaction', accountId: 'alice' },
      ];
      // Whoever asks for it again finds it done.
      await Promise.all([store.destroyAll(doomed), store.destroyAll(doomed)]);
      await store.destroyAll([]);
      const ids = ['one', 'two', 'three'];
      expect(await found(store, 'Session', ids)).toEqual(['three']);
      expect(await found(store, 'Grant', ids)).toEqual(['two', 'three']);
      expect(await found(store, 'RefreshToken', ids)).toEqual(['three']);
      expect(await found(store, 'AuthorizationCode', ids)).toEqual(ids);
      expect(await found(store, 'Interaction', ['of-alice', 'of-bob'])).toEqual(['of-bob']);
    });

    test('are kept of a user, of a model that has a most: the oldest goes', async () => {
      const { store, pass } = await open();
      const most = Number(ARTIFACT_MODELS.Session?.mostOfAccount);
      const session = (id: string, accountId: string) => ({
        id,
        artifact: artifact(id, { uid: id, accountId }),
        expiresIn: DAY,
      });
      const many = Array.from({ length: most - 1 }, (_, nth) => session(`${nth}`, 'alice'));
      await store.upsert('Session', 'oldest', artifact('oldest', { accountId: 'alice' }), DAY);
      await pass(1);
      await store.upsertAll('Session', many);
      await store.upsert('Session', 'of-bob', artifact('of-bob', { accountId: 'bob' }), DAY);
      await pass(1);
      // One that is there already takes nobody's place.
      await store.upsert('Session', '0', artifact('0', { accountId: 'alice' }), DAY);
      expect(await found(store, 'Session', ['oldest'])).toEqual(['oldest']);
      await store.upsert('Session', 'newest', artifact('newest', { accountId: 'alice' }), DAY);
      expect(await found(store, 'Session', ['oldest', '1', 'newest', 'of-bob'])).toEqual([
        '1',
        'newest',
        'of-bob',
      ]);
      expect(await store.findByAccount('Session', 'alice')).toHaveLength(most);
    });
  });

  describe(`an artifact ${name} that is used again and again`, () => {
    test('lives from its last use, marked as used', async () => {
      const { store, pass } = await open();
      await store.upsert('StrangerClient', 'one', artifact('one', { uid: 'the-uid' }), DAY);
      await store.upsert('StrangerClient', 'two', artifact('two'), DAY);
      await pass(DAY - MINUTE);
      await store.renew('StrangerClient', 'one', 90 * DAY);
      await store.renew('StrangerClient', 'nowhere', 90 * DAY);
      await pass(80 * DAY);
      expect(await found(store, 'StrangerClient', ['one', 'two', 'nowhere'])).toEqual(['one']);
      await store.renew('StrangerClient', 'one', 90 * DAY);
      await pass(80 * DAY);
      const { consumed, ...rest } = (await store.findByUid('StrangerClient', 'the-uid')) ?? {};
      expect(consumed).toEqual(expect.any(Number));
      expect(rest).toMatchObject(artifact('one', { uid: 'the-uid' }));
      await pass(10 * DAY);
      expect(await found(store, 'StrangerClient', ['one'])).toEqual([]);
    });

    test('does not live for less, and does not live again', async () => {
      const { store, pass } = await open();
      await store.upsert('StrangerClient', 'one', artifact('one'), 90 * DAY);
      await store.renew('StrangerClient', 'one', 2 * DAY);
      await pass(89 * DAY);
      expect(await found(store, 'StrangerClient', ['one'])).toEqual(['one']);
      await pass(DAY);
      await store.renew('StrangerClient', 'one', 90 * DAY);
      expect(await found(store, 'StrangerClient', ['one'])).toEqual([]);
    });
  });

  describe(`of artifacts ${name} of a model of which there may be so many`, () => {
    const most = 5;
    const stranger = { ...(ARTIFACT_MODELS.StrangerClient as ArtifactModel), mostInAll: most };
    const named = (count: number) => Array.from({ length: count }, (_, nth) => `${nth}`);
    const filled = async () => {
      const opened = await open({ ...ARTIFACT_MODELS, StrangerClient: stranger });
      const { store, pass } = opened;
      await store.upsert('StrangerClient', 'used', artifact('used'), DAY);
      await store.renew('StrangerClient', 'used', 90 * DAY);
      await pass(1);
      await store.upsert('StrangerClient', 'oldest', artifact('oldest'), DAY);
      await pass(1);
      const all = named(most - 2).map((id) => ({ id, artifact: artifact(id), expiresIn: DAY }));
      await store.upsertAll('StrangerClient', all);
      await pass(1);
      return opened;
    };

    test('the oldest goes that was not used, and none for one that is there already', async () => {
      const { store } = await filled();
      await store.upsert('StrangerClient', '0', artifact('0', { uid: 'changed' }), DAY);
      expect(await found(store, 'StrangerClient', ['used', 'oldest', '0'])).toHaveLength(3);
      await store.upsert('StrangerClient', 'new', artifact('new'), DAY);
      expect(await found(store, 'StrangerClient', ['used', 'oldest', '0', '1', 'new'])).toEqual([
        'used',
        '0',
        '1',
        'new',
      ]);
    });

    test('none goes where all were used, and there is no room for another until one expires', async () => {
      const { store, pass } = await filled();
      await Promise.all(
        ['oldest', ...named(most - 2)].map((id) => store.renew('StrangerClient', id, 90 * DAY)),
      );
      await expect(store.upsert('StrangerClient', 'new', artifact('new'), DAY)).rejects.toThrow(StoreFull);
      expect(await found(store, 'StrangerClient', ['used', 'oldest', '0', 'new'])).toEqual([
        'used',
        'oldest',
        '0',
      ]);
      await store.destroy('StrangerClient', '0');
      await store.upsert('StrangerClient', 'new', artifact('new'), DAY);
      await pass(DAY);
      await store.upsert('StrangerClient', 'next', artifact('next'), DAY);
      expect(await found(store, 'StrangerClient', ['used', 'next'])).toEqual(['used', 'next']);
    });
  });

  test(`of artifacts that have the same grant so many are kept ${name}, of a model that has a most: the oldest goes`, async () => {
    const { store, pass } = await open();
    const most = Number(ARTIFACT_MODELS.Grant?.mostOfGrant);
    const family = (id: string, grantId: string) =>
      artifact(id, { grantId, accountId: 'alice', clientId: 'app' });
    await store.upsert(
      'Grant',
      'of-no-other',
      artifact('of-no-other', { accountId: 'alice', clientId: 'app' }),
      DAY,
    );
    await store.upsert('Grant', 'oldest', family('oldest', 'one'), DAY);
    await store.upsert('Grant', 'of-another', family('of-another', 'two'), DAY);
    await pass(1);
    const many = Array.from({ length: most - 1 }, (_, nth) => `${nth}`);
    await store.upsertAll(
      'Grant',
      many.map((id) => ({ id, artifact: family(id, 'one'), expiresIn: DAY })),
    );
    await pass(1);
    expect(await found(store, 'Grant', ['oldest'])).toEqual(['oldest']);
    await store.upsert('Grant', 'newest', family('newest', 'one'), DAY);
    const kept = ['0', 'newest', 'of-another', 'of-no-other'];
    expect(await found(store, 'Grant', ['oldest', ...kept])).toEqual(kept);
  });

  describe(`grants ${name}`, () => {
    const grant = (id: string, accountId: string, clientId: string) => artifact(id, { accountId, clientId });

    test('are found by user and client, the newest first', async () => {
      const { store, pass } = await open();
      await store.upsert('Grant', 'old', grant('old', 'alice', 'app'), DAY);
      await pass(1);
      await store.upsert('Grant', 'new', grant('new', 'alice', 'app'), DAY);
      await pass(1);
      await store.upsert('Grant', 'other', grant('other', 'alice', 'another'), DAY);
      await store.upsert('RefreshToken', 'token', grant('token', 'alice', 'app'), DAY);
      expect(await store.findByClient('Grant', 'alice', 'app')).toMatchObject({ jti: 'new' });
      expect(await store.findByClient('Grant', 'bob', 'app')).toBeUndefined();
    });

    test('are found with all that they grant', async () => {
      const { store } = await open();
      const given = { ...grant('one', 'alice', 'app'), openid: { scope: 'openid email' } };
      await store.upsert('Grant', 'one', given, DAY);
      expect(await store.find('Grant', 'one')).toEqual(given);
    });

    test('are not mixed up when names run together', async () => {
      const { store } = await open();
      await store.upsert('Grant', 'one', grant('one', 'a","b', 'c'), DAY);
      expect(await store.findByClient('Grant', 'a', 'b","c')).toBeUndefined();
    });

    test('that expired or ended are found no more', async () => {
      const { store, pass } = await open();
      await store.upsert('Grant', 'short', grant('short', 'alice', 'app'), MINUTE);
      await store.upsert('Grant', 'ended', grant('ended', 'bob', 'app'), DAY);
      await store.destroy('Grant', 'ended');
      await pass(MINUTE);
      expect(await store.findByClient('Grant', 'alice', 'app')).toBeUndefined();
      expect(await store.findByClient('Grant', 'bob', 'app')).toBeUndefined();
    });

    test('take along what came from them, of the model that is named', async () => {
      const { store } = await open();
      const tokens = { a: 'one', b: 'one', c: 'two' };
      for (const [id, grantId] of Object.entries(tokens)) {
        await store.upsert('RefreshToken', id, artifact(id, { grantId }), DAY);
      }
      await store.upsert('AuthorizationCode', 'd', artifact('d', { grantId: 'one' }), MINUTE);
      await store.revokeByGrantId('RefreshToken', 'one');
      expect(await found(store, 'RefreshToken', ['a', 'b', 'c'])).toEqual(['c']);
      expect(await found(store, 'AuthorizationCode', ['d'])).toEqual(['d']);
    });
  });

  describe(`what users have allowed ${name}`, () => {
    const orders = 'https://orders.example.com';
    const stock = 'https://stock.example.com';
    const consent = (id: string, resources: Record<string, string>, more: Artifact = {}) =>
      artifact(id, { accountId: id, clientId: 'app', openid: { scope: 'openid' }, resources, ...more });
    const both = { [orders]: 'orders:read orders:write', [stock]: 'read' };

    test.each(['Consent', 'Grant'])(
      'is forgotten at an API that is gone, and at no other: %s',
      async (model) => {
        const { store } = await open();
        await store.upsert(model, 'alice', consent('alice', both), DAY);
        await store.upsert(model, 'bob', consent('bob', { [orders]: 'orders:read' }), DAY);
        await store.upsertAll(model, [{ id: 'carol', artifact: consent('carol', both), expiresIn: DAY }]);
        await store.forgetScopes([{ resource: orders, scopes: 'all' }]);
        expect(await store.find(model, 'alice')).toEqual(consent('alice', { [stock]: 'read' }));
        expect(await store.find(model, 'bob')).toEqual(consent('bob', {}));
        expect(await store.find(model, 'carol')).toEqual(consent('carol', { [stock]: 'read' }));
        // Nothing of this comes back when there is such an API again.
        await store.upsert(model, 'alice', consent('alice', both), DAY);
        await store.forgetScopes([{ resource: orders, scopes: 'all' }]);
        expect(await store.find(model, 'alice')).toEqual(consent('alice', { [stock]: 'read' }));
      },
    );

    test('is forgotten for scopes that are gone, at their API only', async () => {
      const { store } = await open();
      const all = { [orders]: 'orders:read read orders:write', [stock]: 'read' };
      await store.upsert('Consent', 'alice', consent('alice', all), DAY);
      await store.forgetScopes([
        { resource: orders, scopes: ['read'] },
        { resource: 'https://nowhere.example.com', scopes: 'all' },
      ]);
      expect(await store.find('Consent', 'alice')).toEqual(consent('alice', both));
      await store.forgetScopes([
        { resource: orders, scopes: ['orders:read'] },
        { resource: stock, scopes: ['read', 'write'] },
      ]);
      await store.forgetScopes([]);
      expect(await store.find('Consent', 'alice')).toEqual(consent('alice', { [orders]: 'orders:write' }));
    });

    test('is forgotten together with what they left out', async () => {
      const { store } = await open();
      const rejecting = (resources: Record<string, string>) => ({
        rejected: { openid: { scope: 'email' }, resources },
      });
      const given = consent(
        'alice',
        { [stock]: 'read' },
        rejecting({ [orders]: 'orders:read', [stock]: 'write' }),
      );
      await store.upsert('Consent', 'alice', given, DAY);
      await store.upsert('Consent', 'bob', artifact('bob', { accountId: 'bob', clientId: 'app' }), DAY);
      await store.forgetScopes([{ resource: orders, scopes: 'all' }]);
      const left = consent('alice', { [stock]: 'read' }, rejecting({ [stock]: 'write' }));
      expect(await store.find('Consent', 'alice')).toEqual(left);
      expect(await store.find('Consent', 'bob')).toBeDefined();
    });

    test('is forgotten in no other kind of record', async () => {
      const { store } = await open();
      await store.upsert('RefreshToken', 'token', consent('token', both), DAY);
      await store.forgetScopes([{ resource: orders, scopes: 'all' }]);
      expect(await store.find('RefreshToken', 'token')).toMatchObject({ resources: both });
    });

    test('is forgotten as a whole where a name has characters that not every store can look into', async () => {
      const { store } = await open();
      const odd = consent('alice', both, {
        accountId: 'zero \0, half \ud83d',
        note: 'a "quote" and a \\ are no trouble',
      });
      await store.upsert('Consent', 'odd', odd, DAY);
      await store.forgetScopes([{ resource: orders, scopes: 'all' }]);
      expect((await store.find('Consent', 'odd'))?.resources ?? {}).not.toHaveProperty([orders]);
    });
  });
}
