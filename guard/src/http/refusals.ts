/** The one mapping of refusals to answers, and what each answer says. */
import { challenge } from 'shared/oauth/challenge.ts';
import {
  missingToken,
  type RefusedCall,
  refusedToken,
  type TokenRefusal,
} from 'shared/oauth/token-refusals.ts';
import type { AuthenticationNeed } from '../core/authentication.ts';
import type { Refusal, Scheme, TokenFault } from '../core/authorization.ts';
import { PROOF_ALGS } from '../core/dpop-proof.ts';
import type { RequestRefusal } from './presented-token.ts';

/** What a caller is told about its token, as a sentence without its capital letter and its full stop. */
const tokenTexts: Record<TokenFault, string> = {
  inactive: 'the token is expired, revoked or unknown',
  no_access_token: 'the token is not an access token',
  another_api: 'the token is for another API',
  no_user: 'the token is not bound to a user',
  unknown_actors: 'the token names those who act for its user in a way that this API cannot read',
  unbound: 'the token is not bound to a key: send it as Bearer',
  unknown_binding: 'the token is bound in a way that this API cannot check',
  bound: 'the token is bound to a key and may not be used as a Bearer token',
};

/**
 * The answer to a refused call.
 *
 * @param scope the scopes that the call needs; undefined when it needs none
 * @param metadataUrl the URL of this API's metadata (RFC 9728)
 */
export function refusedCall(
  refusal: Refusal | RequestRefusal,
  scope: string | undefined,
  metadataUrl: string,
): RefusedCall {
  // Without a token that it could refresh, a client must know what to ask the user for (RFC 6750 §3).
  const wanted: Record<string, string> = scope === undefined ? {} : { scope };
  if (refusal.reason === 'no_token') {
    // RFC 9449 §7.2: the caller may use either scheme.
    return missingToken([
      challenge('Bearer', { ...wanted, ...parametersOf('Bearer') }),
      challenge('DPoP', { ...wanted, ...parametersOf('DPoP') }),
    ]);
  }
  const scheme = 'scheme' in refusal ? refusal.scheme : 'DPoP';
  const needed = {
    ...(refusal.reason === 'invalid_token' && wanted),
    ...('need' in refusal && authenticationParameters(refusal.need)),
  };
  return refusedToken(described(refusal), scheme, { ...needed, ...parametersOf(scheme) });

  /** A DPoP challenge names the algorithms that may sign a proof (RFC 9449 §7.1). */
  function parametersOf(scheme: Scheme): Record<string, string> {
    return { ...(scheme === 'DPoP' && { algs: PROOF_ALGS.join(' ') }), resource_metadata: metadataUrl };
  }
}

/** How the user has to sign in (RFC 9470 §3). */
function authenticationParameters({ acrValues, maxAge }: AuthenticationNeed): Record<string, string> {
  return {
    ...(acrValues !== undefined && { acr_values: acrValues.join(' ') }),
    ...(maxAge !== undefined && { max_age: String(maxAge) }),
  };
}

function described(refusal: Exclude<Refusal | RequestRefusal, { reason: 'no_token' }>): TokenRefusal {
  if ('description' in refusal) return refusal;
  switch (refusal.reason) {
    case 'invalid_token':
      return { reason: 'invalid_token', description: tokenTexts[refusal.fault] };
    case 'malformed_dpop_proof':
      return {
        reason: 'invalid_dpop_proof',
        description: 'send one DPoP header with a proof, which is a signed JWT',
      };
    case 'invalid_dpop_proof':
      // The answer does not say which check failed: the sender may hold a stolen token.
      return { reason: 'invalid_dpop_proof', description: 'the DPoP proof is not valid' };
    case 'insufficient_user_authentication':
      return {
        reason: 'insufficient_user_authentication',
        description: 'the user has to sign in again, as the challenge says',
      };
    case 'insufficient_scope': {
      const { scope } = refusal;
      return {
        reason: 'insufficient_scope',
        description: `the token's scope does not include ${scope}`,
        scope,
      };
    }
  }
}
