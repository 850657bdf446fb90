/** The one mapping of refusals to answers. */
import type { Problem } from 'shared/http/problem.ts';
import { missingToken, refusedToken } from 'shared/http/token-refusals.ts';
import { challenge } from 'shared/oauth/challenge.ts';
import type { Refusal, Scheme } from '../core/authorization.ts';
import { PROOF_ALGS } from '../core/dpop-proof.ts';

/** @param metadataUrl where this API's RFC 9728 metadata is */
export function refusalProblem(refusal: Refusal, metadataUrl: string): Problem {
  if (refusal.reason === 'no_token') {
    // RFC 9449 §7.2: it may use either scheme.
    return missingToken([
      challenge('Bearer', parametersOf('Bearer')),
      challenge('DPoP', parametersOf('DPoP')),
    ]);
  }
  return refusedToken(refusal, refusal.scheme, parametersOf(refusal.scheme));

  /** A challenge for a DPoP proof says what may sign it (RFC 9449 §7.1). */
  function parametersOf(scheme: Scheme): Record<string, string> {
    return { ...(scheme === 'DPoP' && { algs: PROOF_ALGS.join(' ') }), resource_metadata: metadataUrl };
  }
}
