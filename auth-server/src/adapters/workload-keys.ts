/** The public keys of the issuers of workloads (RFC 7517), fetched when they are first needed and kept for a while. */
import { ExpiringMap } from 'shared/core/expiring-map.ts';
import { fetchKeySet, type KeySet, type PublicJwk } from './fetched-key-set.ts';

/** Of how many issuers keys are kept. */
const MAX_ISSUERS = 500;

/** The least time between two fetches because of an unknown key, in milliseconds. */
const REFETCH_INTERVAL_MS = 30_000;

/** How long a failure is told again without asking, in milliseconds: forgers must not have us ask a host that is down each time. */
const FAILURE_MS = 1_000;

/** Finds the keys that an issuer publishes. */
export interface WorkloadKeys {
  /** The keys at a URL. It rejects with an `UpstreamFault` when they cannot be fetched. */
  at(url: string): Promise<readonly PublicJwk[]>;
  /** The keys again, since one is needed that was not among them; the same ones when they were fetched a moment ago. */
  newerAt(url: string): Promise<readonly PublicJwk[]>;
}

/** Each issuer is asked once at a time, and apart from all others: one that is slow or down holds up nobody else's workloads. */
export function workloadKeys(): WorkloadKeys {
  const kept = new ExpiringMap<KeySet & { askedAt: number }>({ max: MAX_ISSUERS, whenFull: 'drop oldest' });
  const failures = new ExpiringMap<unknown>({ max: MAX_ISSUERS, whenFull: 'drop oldest' });
  const underWay = new Map<string, Promise<readonly PublicJwk[]>>();

  return {
    at: async (url) => kept.get(url)?.keys ?? fetchOnce(url),
    async newerAt(url) {
      const known = kept.get(url);
      return known !== undefined && Date.now() - known.askedAt < REFETCH_INTERVAL_MS
        ? known.keys
        : fetchOnce(url);
    },
  };

  function fetchOnce(url: string): Promise<readonly PublicJwk[]> {
    const begun = underWay.get(url);
    if (begun !== undefined) return begun;
    const failure = failures.get(url);
    if (failure !== undefined) return Promise.reject(failure);
    const fetching = fetchAndKeep(url).finally(() => underWay.delete(url));
    underWay.set(url, fetching);
    return fetching;
  }

  async function fetchAndKeep(url: string): Promise<readonly PublicJwk[]> {
    const askedAt = Date.now();
    try {
      const set = await fetchKeySet(url);
      kept.set(url, { ...set, askedAt }, askedAt + set.maxAgeMs);
      return set.keys;
    } catch (error) {
      failures.set(url, error, Date.now() + FAILURE_MS);
      throw error;
    }
  }
}
