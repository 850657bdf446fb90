/** The revocation list in memory; it forgets each entry when its token has expired. */
import type { RevocationList } from '../../core/tokens/revocation-list.ts';

/** A list that sweeps itself every `sweepMs` milliseconds until `stopping` is aborted. */
export function memoryRevocations(stopping: AbortSignal, sweepMs = 1_000): RevocationList & { size: number } {
  const expiries = new Map<string, number>();
  const sweep = setInterval(() => {
    const now = Date.now() / 1000;
    for (const [jti, expiresAt] of expiries) if (expiresAt <= now) expiries.delete(jti);
  }, sweepMs).unref();
  stopping.addEventListener('abort', () => clearInterval(sweep));

  return {
    async add(jti, expiresAt) {
      expiries.set(jti, expiresAt);
    },
    async has(jti) {
      return expiries.has(jti);
    },
    get size() {
      return expiries.size;
    },
  };
}
