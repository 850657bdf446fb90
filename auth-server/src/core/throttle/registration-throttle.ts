/**
 * Limits how many clients strangers register from one address (RFC 7591 §5, §3: open registration). Some run for many users, such
 * as a service that is a client for each of them; and nobody alone is to fill what there is room for in all.
 */
import { networkOf } from 'shared/core/networks.ts';
import type { AttemptCounts } from './attempt-counts.ts';
import { countKeys } from './count-keys.ts';

/** After its first registration, a count ends: in seconds. */
export const REGISTRATION_WINDOW_S = 60 * 60;

/** How many registrations an address has in that time: in a day less than a sixth of all that there may be. */
const LIMIT = 60;

export interface RegistrationThrottle {
  /**
   * Counts a registration before it is looked at, so that those at the same time cannot all pass.
   *
   * @returns whether it may be looked at
   */
  admit(address: string): Promise<boolean>;
  /** Takes back what was counted for one that came to nothing. */
  takeBack(address: string): Promise<void>;
}

/** @param secret what the keys of the counts are made with */
export function throttleRegistrations(counts: AttemptCounts, secret: Uint8Array): RegistrationThrottle {
  const keyOf = countKeys(secret);
  const keyAt = (address: string) => keyOf('registrations at address', networkOf(address));
  return {
    async admit(address) {
      return (await counts.add(keyAt(address), REGISTRATION_WINDOW_S)) <= LIMIT;
    },
    takeBack: (address) => counts.takeBack([keyAt(address)]),
  };
}
