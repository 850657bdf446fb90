/** The users that this system keeps itself: signing in, being administered, and looking after themselves. */
import { randomBytes } from 'node:crypto';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { passwordCheck } from '../../src/core/sign-in/check-password.ts';
import { databaseDirectory } from '../../src/core/sign-in/database-directory.ts';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { throttleLogins } from '../../src/core/throttle/login-throttle.ts';
import { createUser } from '../../src/core/users/create-user.ts';
import { createAdmin, firstAdmin } from '../../src/core/users/first-admin.ts';
import { HashingBusy } from '../../src/core/users/password-hasher.ts';
import { userAdministration } from '../../src/core/users/user-administration.ts';
import type { UserAccount } from '../../src/core/users/user-store.ts';
import { argon2Passwords } from '../../src/stores/argon2-passwords.ts';
import { memoryAttempts } from '../../src/stores/memory/attempts.ts';
import { memoryUsers } from '../../src/stores/memory/users.ts';
import { done, refused } from '../support/results.ts';

/** As little effort as Argon2 takes. */
const EFFORT = { memoryKiB: 16, passes: 1, parallelism: 1, concurrency: 1 };

const PASSWORD = 'correct horse battery staple';
const HERE = '192.0.2.1';
const account = { displayName: undefined, email: undefined, emailVerified: false, roles: ['user' as const] };

/** A directory with alice in it. */
async function start({ effort = EFFORT, maxWaiting = 400 } = {}) {
  const store = memoryUsers();
  const throttle = throttleLogins(memoryAttempts(), randomBytes(32));
  const rehashFailed = vi.fn();
  const endAll = vi.fn(async () => {});
  const hasher = argon2Passwords({ ...effort, maxWaiting });
  const parts = { store, hasher, throttle };
  const create = async (username: string, fields: Partial<UserAccount> = {}) => {
    return done(await createUser(store, hasher, { ...account, username, password: PASSWORD, ...fields }));
  };
  return {
    ...parts,
    rehashFailed,
    endAll,
    create,
    directory: databaseDirectory({ ...parts, rehashFailed }),
    administration: userAdministration({
      store,
      hasher,
      checkPassword: passwordCheck({ store, hasher, throttle }),
      sessions: { endAll },
      unitOfWork: (work) => work(),
    }),
    alice: await create('alice', { displayName: 'Alice Liddell', email: 'alice@example.com' }),
  };
}

describe('a user', () => {
  test('signs in by name in any case, with the password, and is known by an id', async () => {
    const { directory, alice } = await start();
    const { proof, ...user } = (await directory.authenticate('ALICE', PASSWORD, HERE)) ?? {};
    expect(user).toEqual({
      sub: alice.id,
      claims: {
        preferred_username: 'alice',
        name: 'Alice Liddell',
        email: 'alice@example.com',
        email_verified: false,
      },
    });
    expect(proof).toEqual(expect.any(String));
    expect(await directory.find(alice.id)).toEqual(user);
    expect(directory.admit).toBeUndefined();
  });

  test('has proven a password for as long as it is the password', async () => {
    const { directory, alice, administration } = await start();
    const { proof = '' } = (await directory.authenticate('alice', PASSWORD, HERE)) ?? {};
    expect(await directory.holds?.(alice.id, proof)).toBe(true);
    expect(await directory.holds?.(alice.id, `${proof}.`)).toBe(false);
    expect(await directory.holds?.('nobody', proof)).toBe(false);
    // The same password again is another one: whoever sets it wants everybody out.
    done(await administration.setPassword(alice.id, PASSWORD));
    expect(await directory.holds?.(alice.id, proof)).toBe(false);
  });

  test('of whom only the username is known has no other claims', async () => {
    const { directory, create } = await start();
    const { id } = await create('bare');
    expect(await directory.find(id)).toEqual({ sub: id, claims: { preferred_username: 'bare' } });
  });

  test.each([
    ['another password', 'alice', 'another password'],
    ['no password', 'alice', ''],
    ['a longer password than anybody has', 'alice', PASSWORD.padEnd(1_001)],
    ['a name that nobody has', 'nobody', PASSWORD],
    ['no name', '', PASSWORD],
    ['an endless name', 'x'.repeat(100_000), PASSWORD],
    ['a name with a zero', 'alice\0', PASSWORD],
    ['the hash of nobody', '__proto__', PASSWORD],
  ])('is nobody with %s', async (_what, username, password) => {
    const { directory } = await start();
    expect(await directory.authenticate(username, password, HERE)).toBeUndefined();
  });

  test('who is disabled cannot sign in and is not found, until active again', async () => {
    const { directory, alice, store } = await start();
    await store.update(alice.id, 1, { status: 'disabled' });
    expect(await directory.authenticate('alice', PASSWORD, HERE)).toBeUndefined();
    expect(await directory.find(alice.id)).toBeUndefined();
    await store.update(alice.id, 2, { status: 'active' });
    expect(await directory.authenticate('alice', PASSWORD, HERE)).toBeDefined();
  });

  test('whose guesses are used up is refused like with a wrong password, and nothing is hashed for it', async () => {
    const { directory, hasher } = await start();
    const verify = vi.spyOn(hasher, 'verify');
    for (let nth = 0; nth < 10; nth += 1) await directory.authenticate('alice', 'another', HERE);
    expect(await directory.authenticate('alice', PASSWORD, HERE)).toBeUndefined();
    expect(verify).toHaveBeenCalledTimes(10);
    expect(await directory.authenticate('alice', PASSWORD, '192.0.2.2')).toBeDefined();
  });

  test('who knows the password is let in among a hundred who come at the same time', async () => {
    const { directory } = await start();
    const all = Array.from({ length: 100 }, () => directory.authenticate('alice', PASSWORD, HERE));
    expect((await Promise.all(all)).every((user) => user !== undefined)).toBe(true);
  });

  test('is guessed at ten times, of a hundred at the same time', async () => {
    const { directory, store } = await start();
    const looks = vi.spyOn(store, 'findByUsername');
    const all = Array.from({ length: 100 }, () => directory.authenticate('alice', 'another', HERE));
    expect((await Promise.all(all)).every((user) => user === undefined)).toBe(true);
    expect(looks).toHaveBeenCalledTimes(10);
  });

  test('who is sent away by a flood has not guessed', async () => {
    const { directory, throttle } = await start({ maxWaiting: 1 });
    const admit = vi.spyOn(throttle, 'admit');
    const flood = await Promise.allSettled(
      Array.from({ length: 50 }, () => directory.authenticate('alice', 'another', HERE)),
    );
    const sentAway = flood.filter((outcome) => outcome.status === 'rejected');
    expect(sentAway).toHaveLength(48);
    for (const { reason } of sentAway) expect(reason).toBeInstanceOf(HashingBusy);
    expect(admit).toHaveBeenCalledTimes(2);
  });

  test('is not refused when nobody can say: an outage stays one', async () => {
    const { directory, store, throttle } = await start();
    vi.spyOn(store, 'findByUsername').mockRejectedValueOnce(new StoreUnavailable('away'));
    await expect(directory.authenticate('alice', PASSWORD, HERE)).rejects.toBeInstanceOf(StoreUnavailable);
    vi.spyOn(throttle, 'admit').mockRejectedValueOnce(new StoreUnavailable('away'));
    await expect(directory.authenticate('alice', PASSWORD, HERE)).rejects.toBeInstanceOf(StoreUnavailable);
    expect(await directory.authenticate('alice', PASSWORD, HERE)).toBeDefined();
  });
});

describe('a hash of less effort than is asked for', () => {
  async function startStronger() {
    const before = await start();
    const hasher = argon2Passwords({ ...EFFORT, passes: 2, maxWaiting: 0 });
    const directory = databaseDirectory({ ...before, hasher });
    const hash = async () => (await before.store.findByUsername('alice'))?.passwordHash;
    return { ...before, hasher, directory, hash };
  }

  test('is made anew when the user signs in, and only then', async () => {
    const { directory, hash } = await startStronger();
    await directory.authenticate('alice', 'another', HERE);
    expect(await hash()).toContain('t=1');
    expect(await directory.authenticate('alice', PASSWORD, HERE)).toBeDefined();
    const anew = await hash();
    expect(anew).toContain('t=2');
    expect(await directory.authenticate('alice', PASSWORD, HERE)).toBeDefined();
    expect(await hash()).toBe(anew);
  });

  test('keeps nobody out when it cannot be made anew', async () => {
    const { directory, store, rehashFailed, hasher, hash } = await startStronger();
    const [away, busy] = [new StoreUnavailable('away'), new HashingBusy()];
    vi.spyOn(store, 'update').mockRejectedValueOnce(away);
    expect(await directory.authenticate('alice', PASSWORD, HERE)).toBeDefined();
    vi.spyOn(hasher, 'hash').mockRejectedValueOnce(busy);
    expect(await directory.authenticate('alice', PASSWORD, HERE)).toBeDefined();
    expect(rehashFailed.mock.calls).toEqual([[away], [busy]]);
    expect(await hash()).toContain('t=1');
  });

  test('does not take the place of a password that was changed meanwhile', async () => {
    const { directory, store, hasher, alice, hash } = await startStronger();
    const slow = hasher.hash;
    vi.spyOn(hasher, 'hash').mockImplementationOnce(async (password) => {
      await store.update(alice.id, undefined, { passwordHash: 'that of another password' });
      return slow(password);
    });
    await directory.authenticate('alice', PASSWORD, HERE);
    expect(await hash()).toBe('that of another password');
  });
});

describe('a new user', () => {
  test('is active, has an id of its own, and what was given', async () => {
    const { administration, directory } = await start();
    const given = { ...account, username: 'Zoe\u0308', email: 'z@example.com', emailVerified: true };
    const created = done(
      await administration.create({ ...given, password: PASSWORD, roles: ['user', 'user'] }),
    );
    expect(created).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      username: 'Zo\u00eb',
      email: 'z@example.com',
      emailVerified: true,
      roles: ['user'],
      status: 'active',
      version: 1,
    });
    expect(created).not.toHaveProperty('password');
    expect(created).not.toHaveProperty('passwordHash');
    expect(await administration.find(created.id)).toEqual(created);
    expect(await directory.authenticate('zoë', PASSWORD, HERE)).toBeDefined();
  });

  test.each([['abc'], ['x'.repeat(100)], ['🕰🕰🕰'], ['alice@example.com'], ['Anna Maria'], ['李小龍']])(
    'may be named %j',
    async (username) => {
      const { administration } = await start();
      expect(await administration.create({ ...account, username, password: PASSWORD })).toHaveProperty(
        'ok',
        true,
      );
    },
  );

  test.each([
    ['invalid', { username: 'ab' }],
    ['invalid', { username: 'x'.repeat(101) }],
    ['invalid', { username: 'e\u0301e\u0301' }],
    ['invalid', { username: ' alice2' }],
    ['invalid', { username: 'alice2\u3000' }],
    ['invalid', { username: 'ali\0ce' }],
    ['invalid', { username: 'ali\nce' }],
    ['invalid', { username: 'ali\u200bce' }],
    ['invalid', { username: 'ali\u202ece' }],
    ['invalid', { username: 'ali\ud83dce' }],
    ['invalid', { username: 'ali\u3164ce' }],
    ['invalid', { username: '\u2800\u2800\u2800' }],
    ['invalid', { displayName: '' }],
    ['invalid', { displayName: '\u3164' }],
    ['invalid', { displayName: '\u200d' }],
    ['invalid', { displayName: 'x'.repeat(201) }],
    ['invalid', { displayName: 'Alice\u202egnp.exe' }],
    ['invalid', { email: 'alice' }],
    ['invalid', { email: 'alice@example.com\r\nBcc: all@example.com' }],
    ['invalid', { email: `a@${'x'.repeat(260)}` }],
    ['taken', { username: 'Alice' }],
    ['password_length', { password: 'short' }],
    ['weak_password', { password: 'NEW-USER' }],
    ['password_length', { password: 'x'.repeat(1_001) }],
  ])('is refused: %s, %j', async (refusal, fields) => {
    const { administration } = await start();
    const user = { ...account, username: 'new-user', password: PASSWORD, ...fields };
    expect(await administration.create(user)).toEqual(refused(refusal));
    expect(await administration.list(undefined, 10)).toHaveLength(1);
  });
});

describe('an administrator', () => {
  test('changes a user as they have seen it', async () => {
    const { administration, alice, endAll } = await start();
    const changes = {
      username: 'Alicia',
      displayName: 'Alicia',
      roles: ['admin' as const, 'admin' as const],
    };
    expect(done(await administration.change(alice.id, 1, changes))).toMatchObject({
      username: 'Alicia',
      displayName: 'Alicia',
      email: 'alice@example.com',
      roles: ['admin'],
      version: 2,
    });
    expect(await administration.change(alice.id, 1, changes)).toEqual(refused('stale'));
    expect(await administration.change('nobody', 1, changes)).toEqual(refused('unknown'));
    expect(endAll).not.toHaveBeenCalled();
  });

  test.each([
    ['invalid', { username: 'ab' }],
    ['invalid', { displayName: 'a\nb' }],
    ['invalid', { email: 'nowhere' }],
    ['taken', { username: 'BOB' }],
  ])('is refused a change: %s, %j', async (refusal, changes) => {
    const { administration, alice, create } = await start();
    await create('bob');
    expect(await administration.change(alice.id, 1, changes)).toEqual(refused(refusal));
    expect(await administration.find(alice.id)).toEqual(alice);
  });

  test('ends by disabling a user all that the user has', async () => {
    const { administration, alice, endAll } = await start();
    expect(done(await administration.change(alice.id, 1, { status: 'disabled' })).version).toBe(2);
    expect(endAll.mock.calls).toEqual([[alice.id, 'sessions and grants']]);
  });

  test('cannot remove the last administrator, nor themselves when they are', async () => {
    const { administration, create, endAll } = await start();
    const root = await create('root', { roles: ['admin'] });
    expect(await administration.change(root.id, 1, { status: 'disabled' })).toEqual(refused('last_admin'));
    expect(await administration.change(root.id, 1, { roles: ['user'] })).toEqual(refused('last_admin'));
    expect(endAll).not.toHaveBeenCalled();
    await create('other', { roles: ['admin'] });
    expect(done(await administration.change(root.id, 1, { roles: ['user'] })).roles).toEqual(['user']);
  });

  test.each([
    ['another address is not verified', { email: 'new@example.com' }, false],
    ['the same address stays verified', { email: 'alice@example.com' }, true],
    ['no address is not verified', { email: undefined }, false],
    [
      'another address is verified when that is said',
      { email: 'new@example.com', emailVerified: true },
      true,
    ],
    ['no address cannot be verified', { email: undefined, emailVerified: true }, false],
    ['what is changed besides does not matter', { displayName: 'Alicia' }, true],
  ])('changes an email address: %s', async (_what, changes, verified) => {
    const { administration, alice } = await start();
    await administration.change(alice.id, 1, { emailVerified: true });
    expect(done(await administration.change(alice.id, 2, changes)).emailVerified).toBe(verified);
  });

  test('sets a password, which ends all that was done with the one before', async () => {
    const { administration, alice, directory, endAll } = await start();
    done(await administration.setPassword(alice.id, 'another good one'));
    expect(await directory.authenticate('alice', PASSWORD, HERE)).toBeUndefined();
    expect(await directory.authenticate('alice', 'another good one', HERE)).toBeDefined();
    expect(endAll.mock.calls).toEqual([[alice.id, 'sessions and grants']]);
    expect(await administration.setPassword(alice.id, 'password')).toEqual(refused('weak_password'));
    expect(await administration.setPassword('nobody', 'another good one')).toEqual(refused('unknown'));
    expect(endAll).toHaveBeenCalledTimes(1);
  });
});

describe('a user by themselves', () => {
  test('changes name and address, and nothing else', async () => {
    const { administration, alice, store } = await start();
    await store.update(alice.id, 1, { emailVerified: true });
    const all = {
      displayName: undefined,
      email: 'new@example.com',
      emailVerified: true,
      username: 'root',
      roles: ['admin'],
      status: 'disabled',
      passwordHash: 'one',
    };
    expect(done(await administration.changeProfile(alice.id, 2, all))).toEqual({
      ...alice,
      displayName: undefined,
      email: 'new@example.com',
      emailVerified: false,
      version: 3,
      updatedAt: expect.any(Date),
    });
    expect(done(await administration.changeProfile(alice.id, 3, { displayName: 'Alice' }))).toMatchObject({
      displayName: 'Alice',
      email: 'new@example.com',
    });
    expect(await administration.changeProfile(alice.id, 3, { displayName: 'Alice' })).toEqual(
      refused('stale'),
    );
    expect(await administration.changeProfile(alice.id, 4, { email: 'nowhere' })).toEqual(refused('invalid'));
  });

  const next = 'another good one';

  test('changes the password, which ends the other sessions', async () => {
    const { administration, alice, directory, endAll } = await start();
    done(
      await administration.changePassword(alice.id, { current: PASSWORD, next }, HERE, {
        grant: 'own-grant',
      }),
    );
    expect(await directory.authenticate('alice', next, HERE)).toBeDefined();
    expect(await directory.authenticate('alice', PASSWORD, HERE)).toBeUndefined();
    expect(endAll.mock.calls).toEqual([[alice.id, 'sessions', { grant: 'own-grant' }]]);
  });

  test.each([
    ['wrong_password', { current: 'another', next }],
    ['password_length', { current: PASSWORD, next: 'ALICE' }],
    ['weak_password', { current: PASSWORD, next: '12345678' }],
  ])('is refused another password: %s', async (refusal, passwords) => {
    const { administration, alice, directory, endAll } = await start();
    expect(await administration.changePassword(alice.id, passwords, HERE)).toEqual(refused(refusal));
    expect(await directory.authenticate('alice', PASSWORD, HERE)).toBeDefined();
    expect(endAll).not.toHaveBeenCalled();
  });

  test('who is not one any more changes no password', async () => {
    const { administration, alice, store } = await start();
    const passwords = { current: PASSWORD, next };
    expect(await administration.changePassword('nobody', passwords, HERE)).toEqual(refused('unknown'));
    await store.update(alice.id, 1, { status: 'disabled' });
    expect(await administration.changePassword(alice.id, passwords, HERE)).toEqual(refused('wrong_password'));
  });

  test('guesses at the password as often as anybody, here and at the sign-in together', async () => {
    const { administration, alice, directory } = await start();
    for (let nth = 0; nth < 10; nth += 1) {
      await administration.changePassword(alice.id, { current: `guess ${nth}`, next }, HERE);
    }
    const passwords = { current: PASSWORD, next };
    expect(await administration.changePassword(alice.id, passwords, HERE)).toEqual(refused('wrong_password'));
    expect(await directory.authenticate('alice', PASSWORD, HERE)).toBeUndefined();
  });

  test('changes no password that somebody else has changed meanwhile', async () => {
    const { administration, alice, store, hasher, directory } = await start();
    const theirs = await hasher.hash('set by an admin');
    const update = store.update;
    vi.spyOn(store, 'update').mockImplementationOnce(async (id, version, changes) => {
      await update(id, undefined, { passwordHash: theirs });
      return update(id, version, changes);
    });
    const passwords = { current: PASSWORD, next };
    expect(await administration.changePassword(alice.id, passwords, HERE)).toEqual(refused('wrong_password'));
    expect(await directory.authenticate('alice', 'set by an admin', HERE)).toBeDefined();
  });
});

describe('the first administrator', () => {
  const credentials = { username: 'root', password: PASSWORD };

  test('is created where there is none, and signs in', async () => {
    const { store, hasher, directory, administration } = await start();
    expect(done(await firstAdmin(store, hasher, credentials))).toBe('created');
    const user = await directory.authenticate('root', PASSWORD, HERE);
    expect(await administration.find(String(user?.sub))).toMatchObject({ roles: ['user', 'admin'] });
  });

  test('is not created where there is one, whatever the settings say', async () => {
    const { store, hasher, create } = await start();
    await create('other', { roles: ['admin'] });
    expect(done(await firstAdmin(store, hasher, { username: 'alice', password: 'x' }))).toBe('there_is_one');
    expect(await store.findByUsername('root')).toBeUndefined();
  });

  test('is created once by two replicas that start at once', async () => {
    const { store, hasher } = await start();
    const told = await Promise.all([1, 2].map(() => firstAdmin(store, hasher, credentials)));
    expect(told.map(done).sort()).toEqual(['created', 'there_is_one']);
  });

  test.each([
    ['taken', { username: 'Alice', password: PASSWORD }],
    ['password_length', { username: 'root', password: '' }],
    ['weak_password', { username: 'root', password: 'admin123' }],
    ['invalid', { username: '', password: PASSWORD }],
  ])('is refused: %s', async (refusal, given) => {
    const { store, hasher } = await start();
    expect(await firstAdmin(store, hasher, given)).toEqual(refused(refusal));
    expect(await createAdmin(store, hasher, given)).toEqual(refused(refusal));
    expect(await store.hasAdmin()).toBe(false);
  });
});

test('time passes for a user who is locked', async () => {
  const { directory } = await start();
  for (let nth = 0; nth < 11; nth += 1) await directory.authenticate('alice', 'another', HERE);
  expect(await directory.authenticate('alice', PASSWORD, HERE)).toBeUndefined();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 15 * 60_000 });
  onTestFinished(() => void vi.useRealTimers());
  expect(await directory.authenticate('alice', PASSWORD, HERE)).toBeDefined();
});
