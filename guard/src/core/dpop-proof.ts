/** Checks that a DPoP proof shows that the sender of a request holds the key of its token (RFC 9449 §4.3). */
import { createHash } from 'node:crypto';
import { areForRequest, PROOF_WINDOW_S, type Proof } from 'shared/core/dpop-claims.ts';
import { Unavailable } from 'shared/core/unavailable.ts';
import type { Clock } from './clock.ts';

/** The algorithms that may sign a proof; all asymmetric, as RFC 9449 §4.2 asks. */
export const PROOF_ALGS = ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'];

/** The port that reads a proof: undefined unless it is a `dpop+jwt` signed with one of {@link PROOF_ALGS}. */
export type ReadProof = (proof: string) => Promise<Proof | undefined>;

/** A good proof, as it is remembered. */
export interface UsedProof {
  /** The user of the token that the proof came with; undefined for a token without a user. */
  user: string | undefined;
  thumbprint: string;
  jti: string;
}

/**
 * The port that remembers a proof until a time, in milliseconds since the epoch. It answers `full` when it has no room for
 * another proof of this user or key.
 */
export type RememberProof = (proof: UsedProof, until: number) => Promise<'new' | 'seen' | 'full'>;

/** A request with a proof, and the thumbprint of the key that its token is bound to. */
export interface ProvenRequest {
  proof: string;
  method: string;
  url: string;
  token: string;
  thumbprint: string;
  /** Whose token it is; undefined when it is nobody's. */
  user: string | undefined;
}

/** No more proofs can be remembered, so a new proof cannot be told from a replay. */
export class TooManyProofs extends Unavailable {
  override readonly name = 'TooManyProofs';
  override readonly detail = 'Too many DPoP proofs were used lately. Try again later.';

  constructor() {
    super('no more DPoP proofs can be remembered');
  }
}

/**
 * Whether a proof is good for its request.
 *
 * @throws {TooManyProofs} when no more proofs can be remembered
 */
export type CheckProof = (request: ProvenRequest) => Promise<boolean>;

/** Makes the checks of RFC 9449 §4.3. Each proof is good once. */
export function proofChecker(read: ReadProof, remember: RememberProof, clock: Clock): CheckProof {
  return async function checkProof({ proof: jwt, method, url, token, thumbprint, user }) {
    const proof = await read(jwt);
    if (proof === undefined || proof.thumbprint !== thumbprint) return false;
    const { claims } = proof;
    if (!areForRequest(claims, { method, url }, clock())) return false;
    if (claims.ath !== createHash('sha256').update(token).digest('base64url')) return false;
    const { jti, iat } = claims;
    // Last, so that only good proofs take room. By key, so that one client cannot use up the ids of another.
    const remembered = await remember({ user, thumbprint, jti }, (iat + PROOF_WINDOW_S) * 1000);
    if (remembered === 'full') throw new TooManyProofs();
    return remembered === 'new';
  };
}
