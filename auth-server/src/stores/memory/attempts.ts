/** Counts of guesses in memory: of one process, and bounded. */
import type { AttemptCounts } from '../../core/sign-in/attempt-counts.ts';

/** How many counts are kept; when there are more, the oldest goes. */
const LIMIT = 100_000;

export function memoryAttempts(limit = LIMIT): AttemptCounts & { readonly size: number } {
  const counts = new Map<string, { count: number; endsAt: number }>();

  return {
    async add(key, seconds) {
      const known = live(key);
      if (known !== undefined) {
        known.count += 1;
        return known.count;
      }
      counts.delete(key);
      counts.set(key, { count: 1, endsAt: Date.now() + seconds * 1_000 });
      if (counts.size > limit) dropOldest();
      return 1;
    },
    async get(key) {
      return live(key)?.count ?? 0;
    },
    async takeBack(keys) {
      for (const key of keys) {
        const known = live(key);
        if (known !== undefined && known.count > 0) known.count -= 1;
      }
    },
    get size() {
      return counts.size;
    },
  };

  function live(key: string) {
    const known = counts.get(key);
    return known !== undefined && known.endsAt > Date.now() ? known : undefined;
  }

  function dropOldest(): void {
    const [oldest] = counts.keys();
    if (oldest !== undefined) counts.delete(oldest);
  }
}
