/** Reads DPoP proofs (RFC 9449 §4.2) with jose. */
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose';
import { PROOF_WINDOW_S, type Proof } from '../core/dpop-claims.ts';
import { hasSecretMembers } from './secret-jwk-members.ts';

/**
 * Verifies a proof with the public key in its own header; undefined unless it is a `dpop+jwt` that one of the algorithms signed.
 * Whether that is the right key, and the proof one for this request, is left to the caller.
 */
export async function readProof(
  proof: string,
  algorithms: readonly string[],
  nowMs: number,
): Promise<Proof | undefined> {
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: [...algorithms],
      // For `exp` and `nbf`, which some clients add.
      currentDate: new Date(nowMs),
      clockTolerance: PROOF_WINDOW_S,
    });
    const { jwk = {} } = protectedHeader;
    if (hasSecretMembers(jwk)) return undefined;
    return { claims: payload, thumbprint: await calculateJwkThumbprint(jwk) };
  } catch {
    // Reading a proof calls nothing else, so any error means that the proof is bad.
    return undefined;
  }
}
