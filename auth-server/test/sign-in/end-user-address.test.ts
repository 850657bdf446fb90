/** Whose guesses count where a first-party client types the password: those of the person that it names the address of. */
import { randomBytes } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { databaseDirectory } from '../../src/core/sign-in/database-directory.ts';
import { throttleLogins } from '../../src/core/throttle/login-throttle.ts';
import { createUser } from '../../src/core/users/create-user.ts';
import type { UserDirectory } from '../../src/core/users/user-directory.ts';
import { acceptAnyone } from '../../src/stores/accept-anyone.ts';
import { argon2Passwords, LEAST_EFFORT } from '../../src/stores/argon2-passwords.ts';
import { memoryAttempts } from '../../src/stores/memory/attempts.ts';
import { memoryUsers } from '../../src/stores/memory/users.ts';
import { expectRefusal, startAuthServer, temporaryFile, webapp } from '../support/auth-server.ts';

const PASSWORD = 'correct horse battery staple';

/** A server whose users are alice and bob. */
async function start(effort = { memoryKiB: 16, passes: 1, parallelism: 1 }, maxWaiting = 100) {
  const store = memoryUsers();
  const hasher = argon2Passwords({ ...effort, concurrency: 1, maxWaiting });
  for (const username of ['alice', 'bob']) {
    const account = {
      displayName: undefined,
      email: undefined,
      emailVerified: false,
      roles: ['user' as const],
    };
    await createUser(store, hasher, { ...account, username, password: PASSWORD });
  }
  const throttle = throttleLogins(memoryAttempts(), randomBytes(32));
  const users = databaseDirectory({ store, hasher, throttle, rehashFailed: () => {} });
  const verify = vi.spyOn(hasher, 'verify');
  const { requestToken } = await startAuthServer({}, { users });
  const signIn = async (end_user_address: string, username: string, password = PASSWORD) =>
    (await requestToken({ username, password, end_user_address })).status;
  return { signIn, verify };
}

test('guesses of one person keep out nobody else who uses the same client', async () => {
  const { signIn } = await start();
  for (let nth = 0; nth < 100; nth += 1) await signIn('192.0.2.1', `user ${nth}`, 'another');
  for (let nth = 0; nth < 10; nth += 1) await signIn('192.0.2.1', 'alice', 'another');
  expect(await signIn('192.0.2.1', 'bob')).toBe(400);
  expect([await signIn('192.0.2.2', 'bob'), await signIn('192.0.2.2', 'alice')]).toEqual([200, 200]);
});

test('two dozen who guess at a name that is known where they are keep nobody waiting elsewhere', async () => {
  const { signIn, verify } = await start(LEAST_EFFORT, 8);
  expect(await signIn('192.0.2.1', 'alice')).toBe(200);
  verify.mockClear();
  const stopping = new AbortController();
  const told: Promise<number[]>[] = Array.from({ length: 24 }, async () => {
    const statuses: number[] = [];
    while (!stopping.signal.aborted) statuses.push(await signIn('192.0.2.1', 'alice', 'another'));
    return statuses;
  });
  const served: number[] = [];
  for (let nth = 0; nth < 10; nth += 1) served.push(await signIn('192.0.2.2', 'bob'));
  stopping.abort();
  const guesses = (await Promise.all(told)).flat();
  expect(served).toEqual(Array(10).fill(200));
  // Those who found no place while others waited have not guessed; of the rest thirty were looked at.
  expect(guesses.every((status) => status === 400 || status === 503)).toBe(true);
  expect(guesses.length).toBeGreaterThan(100);
  // Those who had come before the thirtieth was counted waited for their turns, and were then sent away.
  expect(verify.mock.calls.length).toBeLessThan(
    30 + 24 + 10 + guesses.filter((status) => status === 503).length,
  );
});

/** A directory that lets everybody in and remembers from where. */
function watched() {
  const addresses: (string | undefined)[] = [];
  const users: UserDirectory = {
    ...acceptAnyone,
    authenticate(username, password, address) {
      addresses.push(address);
      return acceptAnyone.authenticate(username, password, address);
    },
  };
  return { addresses, users };
}

test.each(['192.0.2.1', '2001:db8::1', '::ffff:192.0.2.1'])(
  'the address may be %s',
  async (end_user_address) => {
    const { addresses, users } = watched();
    const { requestToken } = await startAuthServer({}, { users });
    expect((await requestToken({ end_user_address })).status).toBe(200);
    expect((await requestToken()).status).toBe(200);
    expect(addresses).toEqual([end_user_address, '127.0.0.1']);
  },
);

test.each([
  ['a name', 'localhost'],
  ['two addresses', '192.0.2.1, 192.0.2.2'],
  ['a network', '192.0.2.0/24'],
  ['an address with a port', '192.0.2.1:80'],
  ['an address in brackets', '[2001:db8::1]'],
  ['an address with a zone', 'fe80::1%eth0'],
  ['a number', '3221225985'],
  ['blanks', ' 192.0.2.1'],
])('the address may not be %s', async (_what, end_user_address) => {
  const { addresses, users } = watched();
  const { requestToken } = await startAuthServer({}, { users });
  await expectRefusal(await requestToken({ end_user_address }), 400, 'invalid_request');
  expect(addresses).toEqual([]);
});

test('an address that is told twice is refused', async () => {
  const { post } = await startAuthServer();
  const form: [string, string][] = [
    ...Object.entries({ grant_type: 'password', username: 'alice', password: 'wonderland' }),
    ['end_user_address', '192.0.2.1'],
    ['end_user_address', '192.0.2.2'],
  ];
  await expectRefusal(await post('/token', form, webapp), 400, 'invalid_request');
});

test('an address is not believed of a client that does not authenticate', async () => {
  const registration = {
    client_id: 'public',
    token_endpoint_auth_method: 'none',
    first_party: true,
    grant_types: ['password'],
    response_types: [],
  };
  const { addresses, users } = watched();
  const { post } = await startAuthServer({ CLIENTS_FILE: await temporaryFile([registration]) }, { users });
  const form = { grant_type: 'password', username: 'alice', password: 'wonderland', client_id: 'public' };
  await expectRefusal(
    await post('/token', { ...form, end_user_address: '192.0.2.1' }),
    400,
    'invalid_request',
  );
  expect((await post('/token', form)).status).toBe(200);
  expect(addresses).toEqual(['127.0.0.1']);
});
