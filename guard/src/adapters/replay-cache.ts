/** Remembers the DPoP proofs that were used, so that each is good once (RFC 9449 §11.1). */
import { hash } from 'node:crypto';
import { ExpiringMap } from 'shared/core/expiring-map.ts';
import type { Clock } from '../core/clock.ts';
import type { RememberProof } from '../core/dpop-proof.ts';

/** How many proofs are remembered at a time. None makes room for another, since it could then be used again. */
const MAX_PROOFS = 200_000;

/** The most that one may have, as a part of what is still free: who has a token can make proofs, and keys, without end. */
const MOST = { key: 1 / 4, user: 1 / 2 };

/** A memory of this process alone: where there are several, a proof is good once for each. */
export function replayCache(clock: Clock): RememberProof {
  const byKey = new ExpiringMap<true>({ max: MAX_PROOFS, whenFull: { leaveRoom: MOST.key }, clock });
  const byUser = new ExpiringMap<true>({ max: MAX_PROOFS, whenFull: { leaveRoom: MOST.user }, clock });

  return async function rememberProof({ user = '', thumbprint, jti }, until) {
    // A client chooses how long its ids are.
    const id = hash('sha256', JSON.stringify([thumbprint, jti]), 'base64url');
    if (byKey.get(id)) return 'seen';
    // The time itself is the last at which a proof is good.
    const over = until + 1;
    if (byKey.set(id, true, over, thumbprint) && byUser.set(id, true, over, user)) return 'new';
    byKey.delete(id);
    return 'full';
  };
}
