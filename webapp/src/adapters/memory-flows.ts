/** Pending flows in memory: for a short time, and each for the browser that began it only. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { PendingFlow, PendingFlows } from '../core/authorization-code.ts';

/** The most flows that wait at a time. When more begin, the oldest are dropped. */
const MAX_FLOWS = 50_000;

interface Entry {
  flow: PendingFlow;
  secretHash: Buffer;
  expiresAt: number;
}

/**
 * Keeps the states of RFC 6749 §10.12, each bound to its browser by a secret.
 *
 * @param lifetimeMs how long a browser may take from the call to the callback, in milliseconds
 * @param maxFlows how many may wait
 */
export function memoryFlows(lifetimeMs: number, maxFlows = MAX_FLOWS): PendingFlows {
  // In order of age, since a Map keeps the order in which its entries were made.
  const entries = new Map<string, Entry>();

  return {
    async keep(flow) {
      makeRoom();
      const secret = randomBytes(32).toString('base64url');
      entries.set(flow.request.state, { flow, secretHash: hash(secret), expiresAt: Date.now() + lifetimeMs });
      return secret;
    },

    async take(state, secret) {
      const entry = entries.get(state);
      if (entry === undefined || entry.expiresAt <= Date.now()) return undefined;
      if (!timingSafeEqual(entry.secretHash, hash(secret))) return undefined;
      entries.delete(state);
      return entry.flow;
    },
  };

  function makeRoom(): void {
    for (const [state, { expiresAt }] of entries) {
      if (expiresAt > Date.now() && entries.size < maxFlows) return;
      entries.delete(state);
    }
  }
}

function hash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
