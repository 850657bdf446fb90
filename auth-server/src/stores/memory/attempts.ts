/** Counts of attempts in memory: of one process, and bounded. */
import { ExpiringMap } from 'shared/core/expiring-map.ts';
import type { AttemptCounts } from '../../core/throttle/attempt-counts.ts';

/** How many counts are kept; when there are more, the oldest go. */
const LIMIT = 100_000;

export function memoryAttempts(limit = LIMIT): AttemptCounts & { readonly size: number } {
  const counts = new ExpiringMap<{ count: number }>({ max: limit, whenFull: 'drop oldest' });

  return {
    async add(key, seconds) {
      const known = counts.get(key);
      if (known !== undefined) {
        known.count += 1;
        return known.count;
      }
      counts.set(key, { count: 1 }, Date.now() + seconds * 1_000);
      return 1;
    },
    async get(keys) {
      return keys.map((key) => counts.get(key)?.count ?? 0);
    },
    async takeBack(keys) {
      for (const key of keys) {
        const known = counts.get(key);
        if (known !== undefined && known.count > 0) known.count -= 1;
      }
    },
    get size() {
      return counts.size;
    },
  };
}
