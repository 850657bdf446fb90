/** Reads DPoP proofs (RFC 9449 §4.2) with jose. */
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose';
import { hasSecretMembers } from 'shared/oauth/secret-jwk-members.ts';
import type { Clock } from '../core/clock.ts';
import { PROOF_ALGS, PROOF_WINDOW_S, type ReadProof } from '../core/dpop-proof.ts';

/** Verifies a proof with the public key in its own header. Core decides whether that is the right key. */
export function proofReader(clock: Clock): ReadProof {
  return async function readProof(proof) {
    try {
      const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
        typ: 'dpop+jwt',
        algorithms: PROOF_ALGS,
        // For `exp` and `nbf`, which some clients add.
        currentDate: new Date(clock()),
        clockTolerance: PROOF_WINDOW_S,
      });
      const { jwk = {} } = protectedHeader;
      if (hasSecretMembers(jwk)) return undefined;
      return { claims: payload, thumbprint: await calculateJwkThumbprint(jwk) };
    } catch {
      // Reading a proof calls nothing else, so any error means that the proof is bad.
      return undefined;
    }
  };
}
