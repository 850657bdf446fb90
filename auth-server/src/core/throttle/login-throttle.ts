/**
 * Limits wrong passwords: for one user from one address, for one user from all addresses, and for all users from one address.
 *
 * An attacker must not be able to lock a user out. So one address may fail less often for a user than all addresses together,
 * and the failures of others do not count at an address where the user has signed in lately.
 */
import { networkOf } from 'shared/core/networks.ts';
import { usernameKey } from '../users/usernames.ts';
import type { AttemptCounts } from './attempt-counts.ts';
import { countKeys } from './count-keys.ts';

/** Seconds from the first attempt of a count until the count ends. Refused attempts do not prolong it. */
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

/** Who guesses, and from where. */
export interface LoginAttempt {
  /** As it was typed; guesses that differ in case are of one user. */
  username: string;
  /** The address of the guesser; undefined when it is not known. */
  address: string | undefined;
}

export interface LoginThrottle {
  /** Whether there were so many guesses that this one is not even to wait for its turn. Counts nothing. */
  isSpent(attempt: LoginAttempt): Promise<boolean>;
  /**
   * Counts a guess before it is looked at, so that guesses at the same time cannot all pass.
   *
   * @returns whether it may be looked at
   */
  admit(attempt: LoginAttempt): Promise<boolean>;
  /** Takes back what was counted for a guess that was right. */
  succeeded(attempt: LoginAttempt): Promise<void>;
}

/** @param secret what the keys of the counts are made with */
export function throttleLogins(counts: AttemptCounts, secret: Uint8Array): LoginThrottle {
  const keyOf = countKeys(secret);
  return {
    async isSpent(attempt) {
      const { limited, known } = keysOf(attempt);
      const tallies = await counts.get([known, ...limited.map(({ key }) => key)]);
      const [signIns = 0, ...attempts] = tallies;
      const limits = signIns > 0 ? KNOWN : STRANGERS;
      return limited.some(({ by }, index) => Number(attempts[index]) >= limits[by]);
    },

    async admit(attempt) {
      const { limited, known } = keysOf(attempt);
      const [signIns = 0] = await counts.get([known]);
      const limits = signIns > 0 ? KNOWN : STRANGERS;
      for (const { by, key } of limited) if ((await counts.add(key, WINDOW_S)) > limits[by]) return false;
      return true;
    },

    async succeeded(attempt) {
      const { limited, known } = keysOf(attempt);
      await counts.takeBack(limited.map(({ key }) => key));
      if (attempt.address === undefined) return;
      const [signIns] = await counts.get([known]);
      if (signIns === 0) await counts.add(known, KNOWN_S);
    },
  };

  /** Nobody is ever known at no address, and there is no limit for all that come from none. */
  function keysOf({ username, address }: LoginAttempt) {
    const user = usernameKey(username);
    const network = address === undefined ? '' : networkOf(address);
    const keys = {
      address: keyOf('address', network),
      userAtAddress: keyOf('user at address', user, network),
      user: keyOf('user', user),
    };
    const limited = ORDER.filter((by) => by !== 'address' || address !== undefined);
    return { limited: limited.map((by) => ({ by, key: keys[by] })), known: keyOf('known', user, network) };
  }
}
