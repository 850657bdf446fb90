/** What every store of users does. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import type { UserAccount, UserStore } from '../../../src/core/users/user-store.ts';
import { done, refused } from '../../support/results.ts';

/** A user as a use case makes one. */
export function newUser(username: string, fields: Partial<UserAccount> = {}) {
  const now = new Date();
  return {
    id: randomUUID(),
    username,
    displayName: undefined,
    email: undefined,
    emailVerified: false,
    roles: ['user'] as UserAccount['roles'],
    status: 'active' as const,
    createdAt: now,
    updatedAt: now,
    version: 1,
    passwordHash: `hash of ${username}`,
    ...fields,
  };
}

export const newAdmin = (username: string) => newUser(username, { roles: ['user', 'admin'] });

/** What is shown of a user that was stored. */
function shown({ passwordHash: _hash, ...account }: ReturnType<typeof newUser>): UserAccount {
  return account;
}

/** @param open a store with nobody in it */
export function describeUserStore(name: string, open: () => Promise<UserStore>): void {
  describe(`a user ${name}`, () => {
    let store: UserStore;
    beforeEach(async () => {
      store = await open();
    }, 60_000);

    test('is found by id, whole and without the hash of the password', async () => {
      const alice = newUser('alice', { displayName: 'Alice 🕰', email: 'a@example.com', emailVerified: true });
      expect(done(await store.create(alice))).toEqual(shown(alice));
      expect(await store.find(alice.id)).toEqual(shown(alice));
      const bare = newUser('bare');
      await store.create(bare);
      expect(await store.find(bare.id)).toEqual(shown(bare));
    });

    test.each(['nobody', '', 'a\0b', '00000000-0000-4000-8000-000000000000'])(
      'that is not there is not found by %j',
      async (id) => {
        await store.create(newUser('alice'));
        expect(await store.find(id)).toBeUndefined();
        expect(await store.findByUsername(id)).toBeUndefined();
        expect(await store.update(id, undefined, { status: 'disabled' })).toEqual(refused('unknown'));
      },
    );

    test('has a password that is told of while the user is active', async () => {
      const alice = newUser('alice');
      done(await store.create(alice));
      expect(await store.heldPasswordHash(alice.id)).toBe('hash of alice');
      done(await store.update(alice.id, 1, { status: 'disabled' }));
      expect(await store.heldPasswordHash(alice.id)).toBeUndefined();
      expect(await store.heldPasswordHash('nobody')).toBeUndefined();
    });

    test('is found by an id as it is only', async () => {
      const alice = newUser('alice', { id: 'abcdefab-cdef-4abc-8def-abcdefabcdef' });
      await store.create(alice);
      expect(await store.find(alice.id.toUpperCase())).toBeUndefined();
    });

    test.each([
      ['Alice', 'aLICE'],
      ['Straße', 'STRASSE'],
      ['Σίσυφος', 'ΣΊΣΥΦΟΣ'],
      ['Zoe\u0308', 'Zo\u00eb'],
      ['İpek', 'i̇pek'],
      ['ａｌｉｃｅ', 'alice'],
    ])('is found by the username in any case and form: %s as %s', async (written, typed) => {
      const user = newUser(written);
      await store.create(user);
      const found = await store.findByUsername(typed);
      expect(found).toEqual({ user: shown(user), passwordHash: user.passwordHash });
      expect(await store.create(newUser(typed))).toEqual(refused('taken'));
    });

    test('is not mixed up with others whose names are like it', async () => {
      for (const username of ['alice', 'alic', 'alíce', 'al%ce', 'al_ce', 'alice ']) {
        expect(await store.create(newUser(username)), username).toHaveProperty('ok', true);
      }
      expect((await store.findByUsername('al%ce'))?.user.username).toBe('al%ce');
    });

    test('who has a username keeps it: nobody else is created or renamed so', async () => {
      const [alice, bob] = [newUser('alice'), newUser('bob')];
      await store.create(alice);
      await store.create(bob);
      expect(await store.create(newUser('ALICE'))).toEqual(refused('taken'));
      expect(await store.update(bob.id, 1, { username: 'Alice', displayName: 'Bob' })).toEqual(
        refused('taken'),
      );
      expect(await store.find(bob.id)).toEqual(shown(bob));
      expect(done(await store.update(alice.id, 1, { username: 'ALICE' }))).toMatchObject({
        username: 'ALICE',
      });
      expect(done(await store.update(alice.id, 2, { username: 'carol' }))).toMatchObject({
        username: 'carol',
      });
      expect(done(await store.update(bob.id, 1, { username: 'alice' }))).toMatchObject({ username: 'alice' });
      expect((await store.findByUsername('alice'))?.user.id).toBe(bob.id);
    });

    test('is created once, of ten times at once', async () => {
      const told = await Promise.all(Array.from({ length: 10 }, () => store.create(newUser('alice'))));
      expect(told.filter(({ ok }) => ok)).toHaveLength(1);
      expect(await store.list(undefined, 10)).toHaveLength(1);
    });

    test('is changed where the change says so, and nowhere else', async () => {
      const alice = newUser('alice', { displayName: 'Alice', email: 'a@example.com', emailVerified: true });
      await store.create(alice);
      const changed = done(await store.update(alice.id, 1, { status: 'disabled' }));
      expect(changed).toEqual({
        ...shown(alice),
        status: 'disabled',
        version: 2,
        updatedAt: expect.any(Date),
      });
      expect(await store.find(alice.id)).toEqual(changed);
      const all = {
        username: 'alicia',
        displayName: 'Alicia',
        email: 'b@example.com',
        emailVerified: false,
        roles: ['admin' as const],
        status: 'active' as const,
      };
      const again = done(await store.update(alice.id, 2, { ...all, passwordHash: 'another' }));
      expect(again).toEqual({ ...shown(alice), ...all, version: 3, updatedAt: expect.any(Date) });
      expect(await store.findByUsername('alicia')).toEqual({ user: again, passwordHash: 'another' });
    });

    test('loses what a change clears', async () => {
      const alice = newUser('alice', { displayName: 'Alice', email: 'a@example.com' });
      await store.create(alice);
      await store.update(alice.id, 1, { displayName: undefined });
      expect(await store.find(alice.id)).toMatchObject({ displayName: undefined, email: 'a@example.com' });
      await store.update(alice.id, 2, { email: undefined });
      expect(await store.find(alice.id)).toMatchObject({ email: undefined });
    });

    test('is not changed by who has not seen the last change', async () => {
      const alice = newUser('alice');
      await store.create(alice);
      await store.update(alice.id, 1, { displayName: 'first' });
      expect(await store.update(alice.id, 1, { displayName: 'second' })).toEqual(refused('stale'));
      expect(await store.update(alice.id, 3, { displayName: 'second' })).toEqual(refused('stale'));
      expect(await store.find(alice.id)).toMatchObject({ displayName: 'first', version: 2 });
      expect(done(await store.update(alice.id, undefined, { displayName: 'third' }))).toMatchObject({
        version: 3,
      });
    });

    test('is changed by one, of ten who have seen the same', async () => {
      const alice = newUser('alice');
      await store.create(alice);
      const told = await Promise.all(
        Array.from({ length: 10 }, (_, nth) => store.update(alice.id, 1, { displayName: `by ${nth}` })),
      );
      expect(told.filter(({ ok }) => !ok)).toEqual(Array(9).fill(refused('stale')));
    });

    test('is a copy: changing what was given or found changes nothing', async () => {
      const alice = newUser('alice');
      await store.create(alice);
      alice.roles.push('admin');
      (await store.find(alice.id))?.roles.push('admin');
      (await store.findByUsername('alice'))?.user.roles.push('admin');
      expect((await store.find(alice.id))?.roles).toEqual(['user']);
    });
  });

  describe(`users ${name}`, () => {
    test('are listed in the order of their ids, page by page', async () => {
      const store = await open();
      const users = Array.from({ length: 7 }, (_, nth) => newUser(`user ${nth}`));
      for (const user of users) await store.create(user);
      const ids = users.map(({ id }) => id).sort();
      const first = await store.list(undefined, 3);
      const second = await store.list(first[2]?.id, 3);
      const third = await store.list(second[2]?.id, 3);
      expect([first.length, second.length, third.length]).toEqual([3, 3, 1]);
      expect([...first, ...second, ...third].map(({ id }) => id)).toEqual(ids);
      expect(await store.list(ids[6], 3)).toEqual([]);
    });
  });

  describe(`the administrators ${name}`, () => {
    test('are the active users with that role', async () => {
      const store = await open();
      expect(await store.hasAdmin()).toBe(false);
      await store.create(newUser('alice'));
      await store.create(newUser('gone', { roles: ['admin'], status: 'disabled' }));
      expect(await store.hasAdmin()).toBe(false);
      await store.create(newAdmin('root'));
      expect(await store.hasAdmin()).toBe(true);
    });

    test('cannot lose the last of them', async () => {
      const store = await open();
      const [root, other, gone] = [newAdmin('root'), newAdmin('other'), newAdmin('gone')];
      for (const user of [root, other, { ...gone, status: 'disabled' as const }, newUser('alice')]) {
        await store.create(user);
      }
      expect(done(await store.update(other.id, 1, { roles: ['user'] }))).toMatchObject({ roles: ['user'] });
      expect(await store.update(root.id, 1, { roles: ['user'] })).toEqual(refused('last_admin'));
      expect(await store.update(root.id, undefined, { status: 'disabled' })).toEqual(refused('last_admin'));
      expect(await store.update(root.id, 1, { roles: [], status: 'active' })).toEqual(refused('last_admin'));
      expect(await store.find(root.id)).toEqual(shown(root));
      expect(done(await store.update(root.id, 1, { displayName: 'Root', roles: ['admin'] }))).toMatchObject({
        displayName: 'Root',
      });
      expect(done(await store.update(other.id, 2, { status: 'disabled' }))).toMatchObject({
        status: 'disabled',
      });
    });

    test('cannot remove each other at the same time', async () => {
      const store = await open();
      const admins = Array.from({ length: 5 }, (_, nth) => newAdmin(`admin ${nth}`));
      for (const admin of admins) await store.create(admin);
      const told = await Promise.all(admins.map(({ id }) => store.update(id, 1, { roles: ['user'] })));
      expect(told.filter(({ ok }) => !ok)).toEqual([refused('last_admin')]);
      expect(await store.hasAdmin()).toBe(true);
    });
  });
}
