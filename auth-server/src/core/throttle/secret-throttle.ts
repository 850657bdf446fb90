/**
 * Limits wrong client secrets (RFC 6749 §2.3.1): for one client from one address, and for all clients from one address.
 *
 * An attacker must not be able to lock a client out. So failures count for the address that they come from only, and a secret
 * from an address where the right one came from lately is always checked. All addresses together are not limited: a secret of 16 random
 * characters withstands a million addresses for longer than anybody will try.
 */
import { ExpiringMap } from 'shared/core/expiring-map.ts';
import { networkOf } from 'shared/core/networks.ts';
import type { AttemptCounts } from './attempt-counts.ts';
import { countKeys } from './count-keys.ts';

/** After its first guess, a count ends: in seconds. Long enough against guesses, short enough for a mistake in the settings. */
export const SECRET_WINDOW_S = 5 * 60;

/** What may be guessed in that time. Guesses that are under way at once are counted when they have failed. */
const LIMITS = { clientAtAddress: 20, address: 100 };

/** How long a place is known where the right secret came from, in seconds. */
const KNOWN_S = 30 * 24 * 60 * 60;

/** How long this process remembers that by itself, in milliseconds, and of how many places. */
const REMEMBERED_MS = 60 * 60_000;
const MOST_REMEMBERED = 10_000;

/** Whose secret is sent, and the address that it comes from. */
export interface SecretPlace {
  /** The client's id; empty for a secret that is not of one client. */
  client: string;
  address: string;
}

export interface SecretThrottle {
  /** Whether the right secret came from there lately, as far as this process remembers: for those who ask all the time. */
  isKnown(place: SecretPlace): boolean;
  /** Whether no secret from there is looked at. */
  isSpent(place: SecretPlace): Promise<boolean>;
  /** Counts a wrong secret. */
  failed(place: SecretPlace): Promise<void>;
  /** Notes where a right secret came from. */
  succeeded(place: SecretPlace): Promise<void>;
}

/**
 * @param secret what the keys of the counts are made with
 * @param kind what the guessed secrets are for: those of one kind do not count for another
 */
export function throttleSecrets(counts: AttemptCounts, secret: Uint8Array, kind: string): SecretThrottle {
  const keyOf = countKeys(secret);
  const remembered = new ExpiringMap<true>({ max: MOST_REMEMBERED, whenFull: 'drop oldest' });

  return {
    isKnown,

    async isSpent(place) {
      if (isKnown(place)) return false;
      const keys = keysOf(place);
      const tallies = await counts.get([keys.known, keys.clientAtAddress, keys.address]);
      const [known = 0, atAddress = 0, anyone = 0] = tallies;
      if (known > 0) remember(place);
      return known === 0 && (atAddress >= LIMITS.clientAtAddress || anyone >= LIMITS.address);
    },

    async failed(place) {
      if (isKnown(place)) return;
      const keys = keysOf(place);
      await counts.add(keys.address, SECRET_WINDOW_S);
      await counts.add(keys.clientAtAddress, SECRET_WINDOW_S);
    },

    async succeeded(place) {
      if (isKnown(place)) return;
      const { known } = keysOf(place);
      const [times] = await counts.get([known]);
      if (times === 0) await counts.add(known, KNOWN_S);
      remember(place);
    },
  };

  function isKnown(place: SecretPlace): boolean {
    return remembered.get(nameOf(place)) === true;
  }

  function remember(place: SecretPlace): void {
    remembered.set(nameOf(place), true, Date.now() + REMEMBERED_MS);
  }

  function keysOf({ client, address }: SecretPlace) {
    const network = networkOf(address);
    return {
      clientAtAddress: keyOf(kind, 'client at address', client, network),
      address: keyOf(kind, 'address', network),
      known: keyOf(kind, 'known', client, network),
    };
  }
}

/** Without a hash, which each request would have to wait for: this name is not stored. */
function nameOf({ client, address }: SecretPlace): string {
  return `${networkOf(address)} ${client}`;
}
