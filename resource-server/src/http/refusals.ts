/** The one mapping of refusals to answers: challenges of RFC 6750 and RFC 9449, and an RFC 9457 body. */
import { Problem } from 'shared/http/problem.ts';
import type { Refusal, Scheme } from '../core/authorization.ts';
import { PROOF_ALGS } from '../core/dpop-proof.ts';

const statuses = {
  no_token: 401,
  invalid_request: 400,
  invalid_token: 401,
  invalid_dpop_proof: 401,
  insufficient_scope: 403,
};

/** @param metadataUrl where this API's RFC 9728 metadata is */
export function refusalProblem(refusal: Refusal, metadataUrl: string): Problem {
  const status = statuses[refusal.reason];
  if (refusal.reason === 'no_token') {
    // RFC 6750 §3.1: a request without authentication gets no error code. RFC 9449 §7.2: it may use either scheme.
    const challenges = [challenge('Bearer', [], metadataUrl), challenge('DPoP', [], metadataUrl)];
    return new Problem(status, 'This API needs an access token.', {
      headers: { 'WWW-Authenticate': challenges.join(', ') },
    });
  }
  const { reason: error, scheme, description } = refusal;
  const parameters = [
    `error="${error}"`,
    `error_description="${description.replaceAll('"', "'")}"`,
    ...('scope' in refusal ? [`scope="${refusal.scope}"`] : []),
  ];
  return new Problem(status, `${description[0]?.toUpperCase()}${description.slice(1)}.`, {
    headers: { 'WWW-Authenticate': challenge(scheme, parameters, metadataUrl) },
    members: { error, ...('scope' in refusal && { scope: refusal.scope }) },
  });
}

/** A challenge; that of DPoP says what may sign a proof (RFC 9449 §7.1). */
function challenge(scheme: Scheme, parameters: string[], metadataUrl: string): string {
  const algs = scheme === 'DPoP' ? [`algs="${PROOF_ALGS.join(' ')}"`] : [];
  return `${scheme} ${[...parameters, ...algs, `resource_metadata="${metadataUrl}"`].join(', ')}`;
}
