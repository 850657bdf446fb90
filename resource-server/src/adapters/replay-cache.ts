/** Remembers the DPoP proofs that were used, so that each is good once (RFC 9449 §11.1). */
import { ExpiringMap } from 'shared/core/expiring-map.ts';
import type { Clock } from '../core/clock.ts';
import type { RememberProof } from '../core/dpop-proof.ts';

/** How many proofs are remembered at a time. None makes room for another, since it could then be used again. */
const MAX_PROOFS = 100_000;

/** A memory of this process alone: where there are several, a proof is good once for each. */
export function replayCache(clock: Clock): RememberProof {
  const proofs = new ExpiringMap<true>({ max: MAX_PROOFS, whenFull: 'refuse', clock });
  return async function rememberProof(id, until) {
    if (proofs.get(id)) return 'seen';
    // The time itself is the last at which a proof is good.
    return proofs.set(id, true, until + 1) ? 'new' : 'full';
  };
}
