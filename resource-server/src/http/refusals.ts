/** The one mapping of refusals to answers: an RFC 6750 challenge and an RFC 9457 body. */
import { Problem } from 'shared/http/problem.ts';
import type { Refusal } from '../core/authorization.ts';

const statuses = { no_token: 401, invalid_token: 401, invalid_request: 400, insufficient_scope: 403 };

/** @param metadataUrl where this API's RFC 9728 metadata is */
export function refusalProblem(refusal: Refusal, metadataUrl: string): Problem {
  const status = statuses[refusal.reason];
  if (refusal.reason === 'no_token') {
    // RFC 6750 §3.1: a request without authentication gets no error code.
    const challenge = `Bearer resource_metadata="${metadataUrl}"`;
    return new Problem(status, 'This API needs an access token.', {
      headers: { 'WWW-Authenticate': challenge },
    });
  }
  const { reason: error, description } = refusal;
  const parameters = [
    `error="${error}"`,
    `error_description="${description.replaceAll('"', "'")}"`,
    ...('scope' in refusal ? [`scope="${refusal.scope}"`] : []),
    `resource_metadata="${metadataUrl}"`,
  ];
  return new Problem(status, `${description[0]?.toUpperCase()}${description.slice(1)}.`, {
    headers: { 'WWW-Authenticate': `Bearer ${parameters.join(', ')}` },
    members: { error, ...('scope' in refusal && { scope: refusal.scope }) },
  });
}
