/** Remembers the DPoP proofs that were used, so that each is good once (RFC 9449 §11.1). */
import type { Clock } from '../core/clock.ts';
import type { RememberProof } from '../core/dpop-proof.ts';

/** How many proofs are remembered at a time, so that memory is bounded. */
const MAX_PROOFS = 100_000;

/** How often entries that have expired are looked for, in milliseconds. */
const SWEEP_INTERVAL_MS = 1_000;

/** A memory of this process alone: where there are several, a proof is good once for each. */
export function replayCache(clock: Clock): RememberProof {
  const expiries = new Map<string, number>();
  let swept = clock();
  return async function rememberProof(id, until) {
    if (Math.abs(clock() - swept) >= SWEEP_INTERVAL_MS) sweep();
    if (expiries.has(id)) return 'seen';
    if (expiries.size >= MAX_PROOFS) return 'full';
    expiries.set(id, until);
    return 'new';
  };

  function sweep(): void {
    swept = clock();
    for (const [id, until] of expiries) if (until < swept) expiries.delete(id);
  }
}
