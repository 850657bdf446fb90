/** What the claims of a DPoP proof say of the request that it comes with (RFC 9449 §4.2). */
import { sameTarget } from './target-uri.ts';

/** How far a proof's `iat` may be from now, in seconds: unlike a token's, it comes from the client's clock. */
export const PROOF_WINDOW_S = 60;

/** The most characters of a proof's `jti`, which is kept in memory; a UUID has 36. */
const MAX_JTI_LENGTH = 256;

/** A proof whose signature verifies with the public key that it carries. */
export interface Proof {
  claims: Record<string, unknown>;
  /** The JWK SHA-256 thumbprint of that key (RFC 7638). */
  thumbprint: string;
}

/** The claims of a proof that was made for this request, lately. */
export interface ProofClaims extends Record<string, unknown> {
  jti: string;
  /** In seconds since the epoch. */
  iat: number;
}

/**
 * Whether the claims are those of a proof for a request that comes now: for its method and its URL, and with an id by which
 * it is known again (RFC 9449 §4.3, checks 3 and 8 to 11). Whether a token comes with it, and which, is left to the caller.
 */
export function areForRequest(
  claims: Record<string, unknown>,
  { method, url }: { method: string; url: string },
  nowMs: number,
): claims is ProofClaims {
  const { jti, htm, htu, iat } = claims;
  return (
    htm === method &&
    typeof htu === 'string' &&
    sameTarget(htu, url) &&
    typeof iat === 'number' &&
    Math.abs(nowMs - iat * 1000) <= PROOF_WINDOW_S * 1000 &&
    typeof jti === 'string' &&
    jti !== '' &&
    jti.length <= MAX_JTI_LENGTH
  );
}
