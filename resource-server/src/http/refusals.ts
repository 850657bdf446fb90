/** The one mapping of refusals to answers. */
import type { Problem } from 'shared/http/problem.ts';
import { missingToken, refusedToken } from 'shared/http/token-refusals.ts';
import { challenge } from 'shared/oauth/challenge.ts';
import type { Refusal, Scheme } from '../core/authorization.ts';
import { PROOF_ALGS } from '../core/dpop-proof.ts';

/**
 * The answer to a refused call.
 *
 * @param metadataUrl the URL of this API's metadata (RFC 9728)
 */
export function refusalProblem(refusal: Refusal, metadataUrl: string): Problem {
  if (refusal.reason === 'no_token') {
    // RFC 9449 §7.2: the caller may use either scheme.
    return missingToken([
      challenge('Bearer', parametersOf('Bearer')),
      challenge('DPoP', parametersOf('DPoP')),
    ]);
  }
  return refusedToken(refusal, refusal.scheme, parametersOf(refusal.scheme));

  /** A DPoP challenge names the algorithms that may sign a proof (RFC 9449 §7.1). */
  function parametersOf(scheme: Scheme): Record<string, string> {
    return { ...(scheme === 'DPoP' && { algs: PROOF_ALGS.join(' ') }), resource_metadata: metadataUrl };
  }
}
