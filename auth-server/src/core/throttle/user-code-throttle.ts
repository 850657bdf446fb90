/**
 * How many user codes of devices may be guessed (RFC 8628 §5.1): in one session, and at one address.
 *
 * A code has 8 characters of 20 (34.6 bits) and lives for 10 minutes, less than a count. So with 1,000 codes outstanding,
 * an address that uses up its 30 guesses hits one of them with a chance of 30 × 1,000 / 20⁸, which is 1 in 850,000; if it
 * goes on all day, 1 in 9,000. Even then it connects a device of somebody else to its own account, and not the reverse.
 */

import { networkOf } from 'shared/core/networks.ts';
import type { AttemptCounts } from './attempt-counts.ts';
import { countKeys } from './count-keys.ts';

/** After its first guess, a count ends: in seconds. */
export const USER_CODE_WINDOW_S = 15 * 60;

/** A session is easily thrown away: its limit leaves guesses to the other people at its address. */
const LIMITS = { session: 10, address: 30 };

/** Where a user code was typed. */
export interface UserCodePlace {
  /** The id of the browser's session. */
  session: string;
  address: string;
}

export interface UserCodeThrottle {
  /**
   * Counts a code before it is looked up, so that guesses at the same time cannot all pass.
   *
   * @returns whether it may be looked up
   */
  admit(place: UserCodePlace): Promise<boolean>;
  /** Takes back what was counted for a code that was right. */
  succeeded(place: UserCodePlace): Promise<void>;
}

/** @param secret what the keys of the counts are made with */
export function throttleUserCodes(counts: AttemptCounts, secret: Uint8Array): UserCodeThrottle {
  const keyOf = countKeys(secret);
  return {
    async admit(place) {
      const { session, address } = keysOf(place);
      // In this order, so that a session that is refused takes no guesses away from others.
      if ((await counts.add(session, USER_CODE_WINDOW_S)) > LIMITS.session) return false;
      return (await counts.add(address, USER_CODE_WINDOW_S)) <= LIMITS.address;
    },
    async succeeded(place) {
      const { session, address } = keysOf(place);
      await counts.takeBack([session, address]);
    },
  };

  function keysOf({ session, address }: UserCodePlace) {
    return {
      session: keyOf('user codes in session', session),
      address: keyOf('user codes at address', networkOf(address)),
    };
  }
}
