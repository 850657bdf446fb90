/** Reads DPoP proofs (RFC 9449 §4.2) with jose. */
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose';
import { hasSecretMembers } from 'shared/oauth/secret-jwk-members.ts';
import type { Clock } from '../core/clock.ts';
import { PROOF_ALGS, PROOF_WINDOW_S, type ReadProof } from '../core/dpop-proof.ts';

/** Verifies a proof with the public key in its own header; whose key that is, core decides. */
export function proofReader(clock: Clock): ReadProof {
  return async function readProof(proof) {
    try {
      const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
        typ: 'dpop+jwt',
        algorithms: PROOF_ALGS,
        // For the `exp` and `nbf` that some clients add.
        currentDate: new Date(clock()),
        clockTolerance: PROOF_WINDOW_S,
      });
      const { jwk = {} } = protectedHeader;
      if (hasSecretMembers(jwk)) return undefined;
      return { claims: payload, thumbprint: await calculateJwkThumbprint(jwk) };
    } catch {
      // Nothing outside the proof takes part, so whatever goes wrong is the proof's fault.
      return undefined;
    }
  };
}
