/** Binds the tokens of our own grants to the keys of DPoP proofs (RFC 9449 §5). The library checks proofs in its grants only. */
import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import { areForRequest, PROOF_WINDOW_S } from 'shared/core/dpop-claims.ts';
import { readProof } from 'shared/oauth/read-proof.ts';

type Token = InstanceType<Provider['AccessToken' | 'ClientCredentials']>;

/** The algorithms that may sign a proof, in the library's grants and in ours. Discovery lists them. */
export const PROOF_ALGS: ('ES256' | 'Ed25519' | 'EdDSA')[] = ['ES256', 'Ed25519', 'EdDSA'];

/** A good proof that a token request came with. */
export interface TokenProof {
  /** The thumbprint of its key (RFC 7638). */
  thumbprint: string;
  /**
   * Uses the proof up, which is good once, and binds a token to its key.
   *
   * @throws {errors.InvalidDpopProof} when it was used before
   */
  bind(token: Token): Promise<void>;
}

/**
 * The proof of a token request; undefined when there is none and the client needs none. It is used up by
 * {@link TokenProof.bind}, and not before, so that a refused request costs nothing.
 *
 * @throws {errors.InvalidDpopProof} when it is not good for this request
 * @throws {errors.InvalidGrant} when the client needs one
 */
export async function proofOf(ctx: KoaContextWithOIDC, provider: Provider): Promise<TokenProof | undefined> {
  const { client } = ctx.oidc;
  const sent = ctx.get('DPoP');
  if (sent === '') {
    if (client?.dpopBoundAccessTokens) throw new errors.InvalidGrant('the client needs a DPoP proof');
    return undefined;
  }
  const now = Date.now();
  const proof = await readProof(sent, PROOF_ALGS, now);
  if (proof === undefined) throw new errors.InvalidDpopProof('the DPoP proof is not valid');
  const { claims, thumbprint } = proof;
  if (!areForRequest(claims, { method: ctx.method, url: ctx.oidc.urlFor(ctx.oidc.route) }, now)) {
    throw new errors.InvalidDpopProof('the DPoP proof is not for this request, or not recent');
  }
  const { jti, iat } = claims;
  return {
    thumbprint,
    async bind(token) {
      // It is remembered for a while after its time: the clocks of replicas may differ.
      const until = Math.ceil(Math.max(iat, now / 1_000)) + 2 * PROOF_WINDOW_S;
      if (!(await provider.ReplayDetection.unique(String(client?.clientId), jti, until)))
        throw new errors.InvalidDpopProof('the DPoP proof was used before');
      token.setThumbprint('jkt', thumbprint);
    },
  };
}
