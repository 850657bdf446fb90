/** Remembers the JWTs of workloads that were used, at all replicas, so that each is good once (RFC 7523 §3). */
import { hash } from 'node:crypto';
import type { ArtifactStore } from '../../core/grants/artifact-store.ts';
import type { VerifiedWorkload } from '../../core/workloads/verify-workload.ts';
import { tellingOutages } from '../library-outages.ts';

/** The library's model of what is used up. It has the proofs and the client assertions, whose names look different from these. */
const MODEL = 'ReplayDetection';

/** How long a JWT is remembered after its time, in seconds: the clocks of replicas may differ. */
const EXTRA_S = 60;

/** A JWT that may be used once, or, where its client is registered so, any number of times. */
export interface SingleUse {
  isUsed(): Promise<boolean>;
  /** Uses it up. Of any number of callers, one is told true: whoever came first. */
  use(): Promise<boolean>;
}

/** The use of a JWT: of its `jti`, which tells it apart from all others of its issuer, by a workload of a client. */
export function singleUse(
  artifacts: ArtifactStore,
  clientId: string,
  { issuer, expiresAt, usedAs }: VerifiedWorkload,
): SingleUse {
  if (usedAs === undefined) return { isUsed: async () => false, use: async () => true };
  const id = hash('sha256', JSON.stringify(['workload', issuer, usedAs]), 'base64url');
  return {
    isUsed: async () => (await tellingOutages(artifacts.find(MODEL, id))) !== undefined,
    async use() {
      const now = Math.floor(Date.now() / 1_000);
      const exp = expiresAt + EXTRA_S;
      const used = { jti: id, iss: issuer, kind: MODEL, iat: now, exp, workloadOf: clientId };
      await tellingOutages(artifacts.upsert(MODEL, id, used, exp - now));
      return tellingOutages(artifacts.consume(MODEL, id));
    },
  };
}
