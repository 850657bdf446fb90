/** How many passwords may be guessed, and that guesses keep nobody out who has the right one. */
import { randomBytes } from 'node:crypto';
import { networkOf } from 'shared/core/networks.ts';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { AttemptCounts } from '../../src/core/throttle/attempt-counts.ts';
import { type LoginThrottle, throttleLogins } from '../../src/core/throttle/login-throttle.ts';
import { memoryAttempts } from '../../src/stores/memory/attempts.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

function start(counts: AttemptCounts = memoryAttempts()) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const throttle = throttleLogins(counts, randomBytes(32));
  return { throttle, ...guesser(throttle) };
}

function guesser(throttle: LoginThrottle) {
  /** How many of so many wrong guesses may be looked at. */
  const admitted = async (times: number, username: string | ((nth: number) => string), address?: string) => {
    let count = 0;
    for (let nth = 0; nth < times; nth += 1) {
      const name = typeof username === 'string' ? username : username(nth);
      if (await throttle.admit({ username: name, address })) count += 1;
    }
    return count;
  };
  const signIn = async (username: string, address?: string) => {
    const may = await throttle.admit({ username, address });
    if (may) await throttle.succeeded({ username, address });
    return may;
  };
  return { admitted, signIn };
}

test('an address has ten guesses at a user in a quarter of an hour', async () => {
  const { admitted } = start();
  expect(await admitted(15, 'alice', '192.0.2.1')).toBe(10);
  vi.advanceTimersByTime(15 * MINUTE - 1);
  expect(await admitted(1, 'alice', '192.0.2.1')).toBe(0);
  vi.advanceTimersByTime(1);
  expect(await admitted(15, 'alice', '192.0.2.1')).toBe(10);
});

test('a user is one in every case and form', async () => {
  const { admitted } = start();
  expect(await admitted(10, 'alice', '192.0.2.1')).toBe(10);
  expect(await admitted(10, (nth) => ['ALICE', 'Alice', 'ａｌｉｃｅ'][nth % 3] ?? '', '192.0.2.1')).toBe(0);
});

test('all addresses together have thirty guesses at a user, and three of them can have them all', async () => {
  const { admitted } = start();
  for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) {
    expect(await admitted(20, 'alice', address)).toBe(10);
  }
  expect(await admitted(20, 'alice', '192.0.2.4')).toBe(0);
  expect(await admitted(1, 'bob', '192.0.2.4')).toBe(1);
});

test('one address alone takes no more guesses at a user from others than it has', async () => {
  const { admitted } = start();
  await admitted(1_000, 'alice', '192.0.2.1');
  expect(await admitted(5, 'alice', '192.0.2.2')).toBe(5);
});

test('an address has a hundred guesses at anybody', async () => {
  const { admitted, signIn } = start();
  expect(await admitted(150, (nth) => `user ${nth}`, '192.0.2.1')).toBe(100);
  expect(await signIn('alice', '192.0.2.1')).toBe(false);
  expect(await signIn('alice', '192.0.2.2')).toBe(true);
});

test('an address that is refused takes no guesses away from users', async () => {
  const { admitted } = start();
  await admitted(100, (nth) => `user ${nth}`, '192.0.2.1');
  await admitted(50, 'alice', '192.0.2.1');
  for (const address of ['192.0.2.2', '192.0.2.3', '192.0.2.4']) {
    expect(await admitted(10, 'alice', address)).toBe(10);
  }
});

test('right guesses are taken back: nobody signs in too often', async () => {
  const { signIn } = start();
  for (let time = 0; time < 200; time += 1) expect(await signIn('alice', '192.0.2.1')).toBe(true);
});

test('a right guess takes back itself, and not the wrong ones before it', async () => {
  const { admitted, signIn } = start();
  expect(await admitted(9, 'alice', '192.0.2.1')).toBe(9);
  expect(await signIn('alice', '192.0.2.1')).toBe(true);
  vi.advanceTimersByTime(30 * DAY);
  expect(await admitted(9, 'mallory', '192.0.2.1')).toBe(9);
  for (let time = 0; time < 50; time += 1) expect(await signIn('own account', '192.0.2.1')).toBe(true);
  expect(await admitted(150, (nth) => `user ${nth}`, '192.0.2.1')).toBe(91);
});

test('a user is let in where they have signed in lately, whatever others guess elsewhere', async () => {
  const { admitted, signIn } = start();
  await signIn('alice', '192.0.2.1');
  for (let nth = 2; nth < 50; nth += 1) await admitted(15, 'alice', `192.0.2.${nth}`);
  expect(await signIn('alice', '192.0.2.99')).toBe(false);
  expect(await signIn('alice', '192.0.2.1')).toBe(true);
  await admitted(150, (nth) => `user ${nth}`, '192.0.2.1');
  expect(await signIn('alice', '192.0.2.1')).toBe(true);
  expect(await signIn('bob', '192.0.2.1')).toBe(false);
});

test('where a user is known guesses are limited, too, and after thirty days it is a strange place again', async () => {
  const { admitted, signIn } = start();
  await signIn('alice', '192.0.2.1');
  expect(await admitted(50, 'alice', '192.0.2.1')).toBe(30);
  vi.advanceTimersByTime(30 * DAY);
  expect(await admitted(50, 'alice', '192.0.2.1')).toBe(10);
});

test('a wrong guess makes no place known', async () => {
  const { admitted } = start();
  await admitted(1, 'alice', '192.0.2.1');
  expect(await admitted(50, 'alice', '192.0.2.1')).toBe(9);
});

test('guesses from nowhere in particular are limited by user', async () => {
  const { admitted, signIn } = start();
  expect(await signIn('alice')).toBe(true);
  expect(await admitted(20, 'alice')).toBe(10);
  expect(await admitted(200, (nth) => `user ${nth}`)).toBe(200);
});

test('of a hundred guesses at the same time ten pass', async () => {
  const { throttle } = start();
  const guess = { username: 'alice', address: '192.0.2.1' };
  const told = await Promise.all(Array.from({ length: 100 }, () => throttle.admit(guess)));
  expect(told.filter(Boolean)).toHaveLength(10);
});

test('no name and no address is stored, nor what can be found out from a list of names', async () => {
  const keys: string[] = [];
  const counts = memoryAttempts();
  const watched: AttemptCounts = {
    ...counts,
    add: (key, seconds) => {
      keys.push(key);
      return counts.add(key, seconds);
    },
  };
  const guess = { username: 'hunter2-typed-in-the-wrong-box', address: '192.0.2.1' };
  await throttleLogins(watched, randomBytes(32)).admit(guess);
  const first = keys.splice(0);
  await throttleLogins(watched, randomBytes(32)).admit(guess);
  expect(first).toHaveLength(3);
  for (const key of first) {
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(keys).not.toContain(key);
  }
});

test('names and addresses do not run into each other', async () => {
  const { admitted } = start();
  await admitted(10, 'alice","192.0.2.1', '192.0.2.2');
  expect(await admitted(10, 'alice', '192.0.2.1')).toBe(10);
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:DB8:0001:2::', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['2001:db8::3:4:5:6:7', '2001:db8:0:3'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
  ['unknown', 'unknown'],
  ['2001:db8::1::2', '2001:db8::1::2'],
  ['', ''],
])('the network of %s is %s', (address, network) => expect(networkOf(address)).toBe(network));
