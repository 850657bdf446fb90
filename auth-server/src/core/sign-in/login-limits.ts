/**
 * How many passwords may be guessed: of a user at an address, of a user anywhere, and at an address of anyone.
 *
 * Whoever guesses at the password of somebody must not keep them out by it. So an address has few guesses at each user,
 * less than all addresses together have; and where a user has signed in lately, the guesses of others do not count.
 */
import { createHmac } from 'node:crypto';
import { networkOf } from 'shared/core/networks.ts';
import { usernameKey } from '../users/usernames.ts';
import type { AttemptCounts } from './attempt-counts.ts';
import type { LoginThrottle } from './login-throttle.ts';

/** After its first guess, a count ends: in seconds. Guesses that are refused do not prolong it. */
const WINDOW_S = 15 * 60;

/** How long a user is known where they have signed in, in seconds. */
const KNOWN_S = 30 * 24 * 60 * 60;

interface Limits {
  address: number;
  userAtAddress: number;
  user: number;
}

const STRANGERS: Limits = { address: 100, userAtAddress: 10, user: 30 };

/** Right guesses count while they are looked at, and a service that signs its user in may do so often at once. */
const KNOWN: Limits = {
  address: Number.POSITIVE_INFINITY,
  userAtAddress: 30,
  user: Number.POSITIVE_INFINITY,
};

/** In this order, so that an address that is refused takes no guesses away from others. */
const ORDER = ['address', 'userAtAddress', 'user'] as const;

/**
 * @param secret what names are hashed with before they are stored: what people type there may be their password. Replicas
 * that share counts share it.
 */
export function limitLogins(counts: AttemptCounts, secret: Uint8Array): LoginThrottle {
  return {
    async isSpent(guess) {
      const { address, known } = keysOf(guess.username, guess.address);
      if (address === undefined || (await counts.get(address)) < STRANGERS.address) return false;
      return known === undefined || (await counts.get(known)) === 0;
    },

    async admit(guess) {
      const keys = keysOf(guess.username, guess.address);
      const limits = keys.known !== undefined && (await counts.get(keys.known)) > 0 ? KNOWN : STRANGERS;
      for (const limited of ORDER) {
        const key = keys[limited];
        if (key !== undefined && (await counts.add(key, WINDOW_S)) > limits[limited]) return false;
      }
      return true;
    },

    async succeeded(guess) {
      const keys = keysOf(guess.username, guess.address);
      await counts.takeBack(ORDER.flatMap((limited) => keys[limited] ?? []));
      if (keys.known !== undefined && (await counts.get(keys.known)) === 0) {
        await counts.add(keys.known, KNOWN_S);
      }
    },
  };

  function keysOf(username: string, address: string | undefined) {
    const user = usernameKey(username);
    const network = address === undefined ? undefined : networkOf(address);
    return {
      address: network && keyOf('address', network),
      userAtAddress: keyOf('user at address', user, network ?? ''),
      user: keyOf('user', user),
      known: network && keyOf('known', user, network),
    };
  }

  function keyOf(...parts: string[]): string {
    return createHmac('sha256', secret).update(JSON.stringify(parts)).digest('base64url');
  }
}
