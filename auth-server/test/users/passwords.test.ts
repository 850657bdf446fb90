/** Password hashing: Argon2id, bounded, and with a duration that does not reveal whether a user exists. */
import { argon2Sync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { withRequestContext } from 'shared/telemetry/request-context.ts';
import { passingTracer } from 'shared/telemetry/tracing/tracer.ts';
import { describe, expect, test, vi } from 'vitest';
import { HashingBusy, UNCHECKED } from '../../src/core/users/password-hasher.ts';
import { isPossiblePassword, passwordRefusal } from '../../src/core/users/password-rules.ts';
import { argon2Passwords, LEAST_EFFORT } from '../../src/stores/argon2-passwords.ts';

/** The least effort that Argon2 allows. */
const QUICK = { memoryKiB: 32, passes: 1, parallelism: 1 };

const quick = argon2Passwords(QUICK);
const holder = async (password: string, hasher = quick) => ({ passwordHash: await hasher.hash(password) });

/** Whether a password matches a hash. */
async function verifies(password: string, passwordHash: string | undefined, hasher = quick) {
  const found = passwordHash === undefined ? undefined : { passwordHash };
  return (await hasher.verify(password, async () => found)) !== undefined;
}

describe('a hash', () => {
  test('is a PHC string of Argon2id with a salt of its own', async () => {
    const [one, two] = [await quick.hash('a password'), await quick.hash('a password')];
    expect(one).toMatch(/^\$argon2id\$v=19\$m=32,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one.split('$')[4]).not.toBe(two.split('$')[4]);
    expect(one.split('$')[5]).not.toBe(two.split('$')[5]);
  });

  test('is computed from the password, its salt and parameters (RFC 9106)', async () => {
    const [, , , , salt = '', hash] = (await quick.hash('a password')).split('$');
    const nonce = Buffer.from(salt, 'base64');
    const parameters = { message: 'a password', nonce, memory: 32, passes: 1, parallelism: 1, tagLength: 32 };
    expect(argon2Sync('argon2id', parameters).toString('base64').replaceAll('=', '')).toBe(hash);
  });

  test('that other software made is verified', async () => {
    // Made with the reference implementation: echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1
    const hash = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect(await verifies('password', hash)).toBe(true);
    expect(await verifies('passwore', hash)).toBe(false);
  });

  test.each([
    ['the same', 'a password', 'a password', true],
    ['another', 'a password', 'a passwore', false],
    ['one that is longer', 'a password', 'a password ', false],
    ['one in another case', 'a password', 'A password', false],
    ['the same in other characters (NFC)', 'Zoe\u0308’s password', 'Zo\u00eb’s password', true],
    ['one that only looks alike', 'ﬁsh password', 'fish password', false],
    ['one with zeros', 'a\0password', 'a\0other', false],
  ])('is verified by %s', async (_how, password, guess, verified) => {
    expect(await verifies(guess, await quick.hash(password))).toBe(verified);
  });

  test('is outdated when any of its parameters is smaller than the current one', async () => {
    const hash = await argon2Passwords({ memoryKiB: 64, passes: 2, parallelism: 2 }).hash('a password');
    const outdated = (effort: Partial<typeof QUICK>) =>
      argon2Passwords({ memoryKiB: 64, passes: 2, parallelism: 2, ...effort }).isOutdated(hash);
    expect(outdated({})).toBe(false);
    expect([outdated({ memoryKiB: 63 }), outdated({ passes: 1 }), outdated({ parallelism: 1 })]).toEqual([
      false,
      false,
      false,
    ]);
    expect([outdated({ memoryKiB: 65 }), outdated({ passes: 3 }), outdated({ parallelism: 3 })]).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('is verified with its own parameters, whatever the current ones are', async () => {
    const passwordHash = await argon2Passwords({ memoryKiB: 64, passes: 3, parallelism: 2 }).hash(
      'a password',
    );
    expect(await verifies('a password', passwordHash)).toBe(true);
    expect(await verifies('another', passwordHash)).toBe(false);
  });

  test.each([
    ['a plain password', 'secret-password'],
    ['nothing', ''],
    ['another scheme', '$2b$10$abcdefghijklmnopqrstuv'],
    [
      'another Argon2',
      '$argon2i$v=19$m=32,t=1,p=1$c29tc2FsdHNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    ],
    [
      'an older version',
      '$argon2id$v=16$m=32,t=1,p=1$c29tc2FsdHNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    ],
    ['an empty hash', '$argon2id$v=19$m=32,t=1,p=1$c29tc2FsdHNhbHQ$'],
    ['a hash that was cut off', '$argon2id$v=19$m=32,t=1,p=1$c29tc2FsdHNhbHQ$CTFh'],
  ])('that cannot be read is a failure and no refusal: %s', async (_what, passwordHash) => {
    const failure = await verifies('secret-password', passwordHash).catch((error) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(String(failure.stack)).not.toContain('secret-password');
    expect(() => quick.isOutdated(passwordHash)).toThrow();
  });
});

test('no password is accepted for an unknown user', async () => {
  expect(await verifies('a password', undefined)).toBe(false);
  expect(await verifies('', undefined)).toBe(false);
});

describe('the queue for hashing', () => {
  const short = { ...QUICK, concurrency: 2, maxWaiting: 3, maxEach: 3 };
  /** The outcomes of promises. */
  const outcomes = async (promises: Promise<unknown>[]) =>
    (await Promise.allSettled(promises)).map((outcome) =>
      outcome.status === 'fulfilled' ? 'done' : outcome.reason.name,
    );

  test('is short: a caller who comes when it is full is refused at once, without a look-up of the user', async () => {
    const hasher = argon2Passwords(short);
    const find = vi.fn(async () => {
      await sleep(20);
      return undefined;
    });
    const waiting = Array.from({ length: 5 }, () => hasher.verify('a password', find));
    await expect(hasher.verify('a password', find)).rejects.toBeInstanceOf(HashingBusy);
    expect(find).toHaveBeenCalledTimes(2);
    expect(await outcomes(waiting)).toEqual(Array(5).fill('done'));
    expect(find).toHaveBeenCalledTimes(5);
  });

  test('has no more places for new passwords than for old ones', async () => {
    const hasher = argon2Passwords(short);
    const told = await outcomes(Array.from({ length: 7 }, () => hasher.hash('a password')));
    expect(told).toEqual([...Array(5).fill('done'), 'HashingBusy', 'HashingBusy']);
  });

  test('has a quarter of its places for each caller, whoever else comes', async () => {
    const hasher = argon2Passwords({ ...QUICK, concurrency: 1, maxWaiting: 8 });
    const verify = () => hasher.verify('a password', async () => sleep(5), 'greedy');
    expect(await outcomes(Array.from({ length: 5 }, verify))).toEqual([
      ...Array(3).fill('done'),
      ...Array(2).fill('HashingBusy'),
    ]);
  });

  test('takes the last places of a caller back for others when it is full', async () => {
    const hasher = argon2Passwords({ ...QUICK, concurrency: 1, maxWaiting: 4, maxEach: 4 });
    const verify = (caller: string) => hasher.verify('a password', async () => sleep(5), caller);
    const greedy = outcomes(Array.from({ length: 6 }, () => verify('greedy')));
    const others = outcomes(['one', 'two', 'three', 'four'].map(verify));
    // Five of six were in: one under way and four waiting, of which three made room.
    expect(await greedy).toEqual(['done', 'done', ...Array(4).fill('HashingBusy')]);
    // When each has one place, nobody gives up any.
    expect(await others).toEqual(['done', 'done', 'done', 'HashingBusy']);
  });

  test('lets callers take turns, however many of one come first', async () => {
    const hasher = argon2Passwords({ ...QUICK, concurrency: 1, maxWaiting: 10, maxEach: 10 });
    const served: string[] = [];
    const verify = (caller: string) =>
      hasher.verify(
        'a password',
        async () => {
          served.push(caller);
          return undefined;
        },
        caller,
      );
    await Promise.all(['a', 'a', 'a', 'a', 'b', 'b', 'c'].map(verify));
    expect(served).toEqual(['a', 'a', 'b', 'c', 'a', 'b', 'a']);
  });

  test('does nothing for somebody who has stopped waiting', async () => {
    const hasher = argon2Passwords({ ...QUICK, concurrency: 1 });
    const find = vi.fn(() => sleep(20, undefined));
    const span = passingTracer.begin({ method: 'POST', traceparent: '', tracestate: '' });
    const context = { facts: { requestId: span.traceId }, span, deadline: performance.now() + 10 };
    const first = hasher.verify('a password', find);
    const second = withRequestContext(context, () => hasher.verify('a password', find));
    expect(await outcomes([first, second])).toEqual(['done', 'HashingBusy']);
    expect(find).toHaveBeenCalledTimes(1);
  });

  test('spends no time on a password that is not to be checked', async () => {
    const hasher = argon2Passwords({ ...LEAST_EFFORT, concurrency: 1 });
    const started = performance.now();
    for (let nth = 0; nth < 100; nth += 1) {
      expect(await hasher.verify('a password', async () => UNCHECKED)).toBeUndefined();
    }
    // A hundred hashes take some two seconds.
    expect(performance.now() - started).toBeLessThan(500);
  });

  test('is served a few at a time, in order, also after failures', async () => {
    const hasher = argon2Passwords(short);
    let underWay = 0;
    const most: number[] = [];
    const order: number[] = [];
    const verify = (nth: number) =>
      hasher.verify('a password', async () => {
        underWay += 1;
        most.push(underWay);
        order.push(nth);
        await sleep(5);
        underWay -= 1;
        if (nth % 2 === 0) throw new RangeError('the store is away');
        return undefined;
      });
    for (let round = 0; round < 3; round += 1) {
      expect(await outcomes([0, 1, 2, 3, 4].map(verify))).toEqual([
        'RangeError',
        'done',
        'RangeError',
        'done',
        'RangeError',
      ]);
    }
    expect(Math.max(...most)).toBe(2);
    expect(order).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
  });

  test('does not block the event loop', async () => {
    const hasher = argon2Passwords({ ...LEAST_EFFORT, concurrency: 1, maxEach: 10 });
    let longest = 0;
    let last = performance.now();
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    await Promise.all(Array.from({ length: 10 }, () => hasher.hash('a password')));
    clearInterval(watch);
    // One hash takes some 20 ms; on the event loop, ten would block it for at least 200 ms.
    expect(longest).toBeLessThan(100);
  });
});

describe('the time of a verification', () => {
  /** The least durations of calls that are made in turn, in milliseconds: a busy machine only ever adds to what a call takes. */
  async function leastDurations(times: number, tries: (() => Promise<unknown>)[]): Promise<number[]> {
    const least = tries.map(() => Number.POSITIVE_INFINITY);
    for (let time = 0; time < times; time += 1) {
      for (const [index, attempt] of tries.entries()) {
        const started = performance.now();
        await attempt();
        least[index] = Math.min(Number(least[index]), performance.now() - started);
      }
    }
    return least;
  }

  test('is the same for a wrong password, an unknown user, and a hash of less effort', async () => {
    const hasher = argon2Passwords({ memoryKiB: 16_384, passes: 2, parallelism: 1 });
    const current = await holder('a password', hasher);
    const outdated = await holder('a password', argon2Passwords({ ...LEAST_EFFORT, memoryKiB: 8_192 }));
    const of =
      (found: typeof current | undefined, password = 'another') =>
      () =>
        hasher.verify(password, async () => found);
    const [wrong, ...others] = await leastDurations(25, [
      of(current),
      of(current, 'a password'),
      of(undefined),
      of(outdated),
    ]);
    // Half as much memory would take half the time.
    for (const other of others) {
      expect(other / Number(wrong)).toBeGreaterThan(0.75);
      expect(other / Number(wrong)).toBeLessThan(1.33);
    }
  }, 30_000);
});

describe('a new password', () => {
  test.each([
    ['correct horse battery staple'],
    ['eight ch'],
    ['🕰'.repeat(8)],
    ['x1'.repeat(500)],
    ['   spaces   '],
    ['Zoë’s password'],
  ])('may be %j', (password) => expect(passwordRefusal(password, 'alice')).toBeUndefined());

  test.each([
    ['', 'alice', 'password_length'],
    ['seven c', 'alice', 'password_length'],
    ['short', 'short', 'password_length'],
    ['🕰'.repeat(7), 'alice', 'password_length'],
    ['e\u0301'.repeat(7), 'alice', 'password_length'],
    ['x1'.repeat(500).concat('x'), 'alice', 'password_length'],
    ['lone \ud83d surrogate', 'alice', 'password_length'],
    ['password', 'alice', 'weak_password'],
    ['PassWord1', 'alice', 'weak_password'],
    ['ＱＷＥＲＴＹＵＩＯＰ', 'alice', 'weak_password'],
    ['alice.liddell', 'Alice.Liddell', 'weak_password'],
    ['straßenbahn', 'STRASSENBAHN', 'weak_password'],
  ])('may not be %j of %j, because of %s', (password, username, refusal) =>
    expect(passwordRefusal(password, username)).toBe(refusal),
  );

  test('that is longer than any password may be is not hashed', () => {
    expect(isPossiblePassword('x'.repeat(1_000))).toBe(true);
    expect(isPossiblePassword('x'.repeat(1_001))).toBe(false);
    expect(isPossiblePassword('')).toBe(false);
  });
});
