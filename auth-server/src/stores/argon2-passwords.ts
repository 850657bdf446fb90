/** Password hashing with Argon2id (RFC 9106), off the event loop and so much at a time. */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { remainingMs } from 'shared/upstream/deadline.ts';
import { HashingBusy, type PasswordHasher, UNCHECKED } from '../core/users/password-hasher.ts';
import { fairQueue } from './fair-queue.ts';

const derive = promisify(argon2);

const SALT_BYTES = 16;
const HASH_BYTES = 32;

/**
 * Half of the processors. It is done on the threads of libuv, of which there are four: signatures, names and files
 * need one of them, too.
 */
const AT_ONCE = Math.min(3, Math.max(1, Math.floor(availableParallelism() / 2)));

/** How many wait for each that is hashed: at some 35 ms each, for about half a second. */
const WAITING = 16;

/** How many of them may be one caller's: a crowd at one address must not make the others wait until they give up. */
const SHARE = 1 / 4;

/** Whose turn it is when a password is set, and when it is checked for nobody knows whom. */
const OURS = 'a new password';
const NOWHERE = 'no address';

/** The effort of a hash (RFC 9106 §3.1). */
export interface Argon2Effort {
  memoryKiB: number;
  passes: number;
  parallelism: number;
}

export interface Argon2Options extends Argon2Effort {
  /** How many are hashed at once. */
  concurrency?: number;
  /** How many more wait. */
  maxWaiting?: number;
  /** How many of those may be one caller's. */
  maxEach?: number;
}

/** What OWASP asks for at least. */
export const LEAST_EFFORT: Argon2Effort = { memoryKiB: 19_456, passes: 2, parallelism: 1 };

interface Stored extends Argon2Effort {
  salt: Buffer;
  hash: Buffer;
}

/**
 * A hasher of this effort. Hashes of less take as long to verify; those of more take longer.
 *
 * Passwords are normalized (NFC, RFC 8265 §4.2), since keyboards write the same characters in different ways.
 */
export function argon2Passwords({
  concurrency = AT_ONCE,
  maxWaiting = WAITING * concurrency,
  maxEach = Math.ceil(maxWaiting * SHARE),
  ...effort
}: Argon2Options): PasswordHasher {
  const inTurn = fairQueue({ atOnce: concurrency, maxWaiting, maxEach, full: () => new HashingBusy() });
  const nobody: Stored = { ...effort, salt: randomBytes(SALT_BYTES), hash: randomBytes(HASH_BYTES) };

  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      const hash = await inTurn(OURS, () => hashed(password, salt, effort, HASH_BYTES));
      return phcString({ ...effort, salt, hash });
    },

    verify(password, find, caller = NOWHERE) {
      return inTurn(caller, async () => {
        // Nobody waits for this answer any more, and others wait for their turns.
        if (remainingMs() <= 0) throw new HashingBusy();
        const holder = await find();
        if (holder === UNCHECKED) return undefined;
        const stored = holder === undefined ? nobody : parsed(holder.passwordHash);
        const hash = await hashed(password, stored.salt, stored, stored.hash.length);
        await makeUpFor(stored);
        return timingSafeEqual(hash, stored.hash) ? holder : undefined;
      });
    },

    isOutdated(hash) {
      const stored = parsed(hash);
      return (
        stored.memoryKiB < effort.memoryKiB ||
        stored.passes < effort.passes ||
        stored.parallelism < effort.parallelism
      );
    },
  };

  /** Spends what a hash was made with less of than the others, or its time would tell that there is such a user. */
  async function makeUpFor(stored: Argon2Effort): Promise<void> {
    const missing = effort.memoryKiB * effort.passes - stored.memoryKiB * stored.passes;
    const memoryKiB = Math.floor(missing / effort.passes);
    if (memoryKiB < 8 * effort.parallelism) return;
    await hashed('', nobody.salt, { ...effort, memoryKiB }, HASH_BYTES);
  }
}

function hashed(
  password: string,
  salt: Buffer,
  { memoryKiB, passes, parallelism }: Argon2Effort,
  tagLength: number,
): Promise<Buffer> {
  const message = password.normalize('NFC');
  return derive('argon2id', { message, nonce: salt, memory: memoryKiB, passes, parallelism, tagLength });
}

const PHC =
  /^\$argon2id\$v=19\$m=(?<m>\d{1,8}),t=(?<t>\d{1,4}),p=(?<p>\d{1,3})\$(?<salt>[A-Za-z0-9+/]{11,})\$(?<hash>[A-Za-z0-9+/]{22,})$/;

function phcString({ memoryKiB, passes, parallelism, salt, hash }: Stored): string {
  const [saltText, hashText] = [salt, hash].map((bytes) => bytes.toString('base64').replaceAll('=', ''));
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${parallelism}$${saltText}$${hashText}`;
}

function parsed(text: string): Stored {
  const { m, t, p, salt = '', hash = '' } = PHC.exec(text)?.groups ?? {};
  // The text is not shown: it may be a password that was stored as it is.
  if (m === undefined) throw new Error('a stored password hash is not one of Argon2id');
  return {
    memoryKiB: Number(m),
    passes: Number(t),
    parallelism: Number(p),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  };
}
