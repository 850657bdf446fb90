/** Pending flows in memory: for a short time, and each for the browser that began it only. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ExpiringMap } from 'shared/core/expiring-map.ts';
import { networkOf } from 'shared/core/networks.ts';
import type { PendingFlow, PendingFlows } from '../core/authorization-code.ts';

/**
 * The most flows that wait at a time. When more begin, the oldest go of the address that has begun the most: anyone may begin
 * a flow, and nothing but the address tells those who do from each other.
 */
const MAX_FLOWS = 50_000;

/**
 * Keeps the states of RFC 6749 §10.12, each bound to its browser by a secret.
 *
 * @param lifetimeMs how long a browser may take from the call to the callback, in milliseconds
 * @param maxFlows how many may wait
 */
export function memoryFlows(lifetimeMs: number, maxFlows = MAX_FLOWS): PendingFlows {
  const flows = new ExpiringMap<{ flow: PendingFlow; secretHash: Buffer }>({
    max: maxFlows,
    whenFull: 'drop oldest',
  });

  return {
    async keep(flow, address) {
      const secret = randomBytes(32).toString('base64url');
      flows.set(
        flow.request.state,
        { flow, secretHash: hash(secret) },
        Date.now() + lifetimeMs,
        networkOf(address),
      );
      return secret;
    },

    async take(state, secret) {
      const kept = flows.get(state);
      if (kept === undefined || !timingSafeEqual(kept.secretHash, hash(secret))) return undefined;
      flows.delete(state);
      return kept.flow;
    },
  };
}

function hash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
