/**
 * Limits fetches from hosts that strangers have named: how often, and how many at once. Nobody can have this server send many
 * requests to a host, and one that is slow keeps only a few of them waiting. What a document said that could not be used
 * is not remembered (draft-ietf-oauth-client-id-metadata-document §4.4), so this is what bounds how often it is asked again.
 */
import { ExpiringMap } from 'shared/core/expiring-map.ts';
import { networkOf } from 'shared/core/networks.ts';

/** After its first fetch a count ends: in seconds. */
export const FETCH_WINDOW_S = 60;

/** How many fetches there may be in that time, and of one host and altogether at once. */
export const FETCH_LIMITS = { ofUrl: 6, ofHost: 60, ofAddress: 20, atOnceOfHost: 4, atOnce: 100 };

/** How long a URL is known to work, in milliseconds: whoever uses up what its host may be asked does not keep it from being fetched. */
const KNOWN_MS = 24 * 60 * 60_000;

/** How many counts there are. The oldest make room. */
const MOST_COUNTS = 20_000;

export interface FetchBudget {
  /**
   * Begins a fetch, unless a limit is reached.
   *
   * @param address where the request comes from that needs it
   * @returns undefined when it has begun, and otherwise whose limit it was
   */
  enter(url: string, host: string, address: string | undefined): 'of_address' | 'of_host' | undefined;
  /** Ends a fetch that has begun. */
  leave(host: string): void;
  /** Notes that a URL gave what it was asked for. */
  worked(url: string): void;
}

/** Kept in this process: each replica has a budget of its own. */
export function fetchBudget(): FetchBudget {
  const counts = new ExpiringMap<{ times: number; until: number }>({
    max: MOST_COUNTS,
    whenFull: 'drop oldest',
  });
  const known = new ExpiringMap<true>({ max: MOST_COUNTS, whenFull: 'drop oldest' });
  const atOnce = new Map<string, number>();
  let all = 0;

  return {
    enter(url, host, address) {
      if (timesOf(`url ${url}`) >= FETCH_LIMITS.ofUrl) return 'of_host';
      const ofHost = atOnce.get(host) ?? 0;
      // Those that are not known to work take half of the room at most, so that there is some for the others.
      if (all >= 2 * FETCH_LIMITS.atOnce) return 'of_host';
      if (known.get(url) !== true) {
        const from = address === undefined ? undefined : `address ${networkOf(address)}`;
        // In this order, so that an address that is refused takes nothing away from others.
        if (from !== undefined && timesOf(from) >= FETCH_LIMITS.ofAddress) return 'of_address';
        if (ofHost >= FETCH_LIMITS.atOnceOfHost || all >= FETCH_LIMITS.atOnce) return 'of_host';
        if (timesOf(`host ${host}`) >= FETCH_LIMITS.ofHost) return 'of_host';
        if (from !== undefined) count(from);
        count(`host ${host}`);
      }
      count(`url ${url}`);
      atOnce.set(host, ofHost + 1);
      all += 1;
      return undefined;
    },
    leave(host) {
      const ofHost = atOnce.get(host) ?? 0;
      if (ofHost > 1) atOnce.set(host, ofHost - 1);
      else atOnce.delete(host);
      all -= 1;
    },
    worked(url) {
      known.set(url, true, Date.now() + KNOWN_MS);
    },
  };

  function timesOf(key: string): number {
    return counts.get(key)?.times ?? 0;
  }

  function count(key: string): void {
    const counted = counts.get(key) ?? { times: 0, until: Date.now() + FETCH_WINDOW_S * 1_000 };
    counts.set(key, { ...counted, times: counted.times + 1 }, counted.until, key.split(' ')[0]);
  }
}
