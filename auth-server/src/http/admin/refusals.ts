/** The one mapping of refused calls to answers: challenges of RFC 6750 §3, and an RFC 9457 body. */
import { Problem } from 'shared/http/problem.ts';
import type { AdminRefusal } from '../../core/admin/admin-authorization.ts';
import type { PresentedToken } from './bearer-token.ts';

type Refusal = AdminRefusal | Exclude<PresentedToken, { token: string }>;

const statuses = {
  no_token: 401,
  invalid_request: 400,
  invalid_token: 401,
  insufficient_scope: 403,
  forbidden: 403,
};

/** @param metadataUrl where this API's RFC 9728 metadata is */
export function refusalProblem(refusal: Refusal, metadataUrl: string): Problem {
  const { reason } = refusal;
  const status = statuses[reason];
  const challenge = (...parameters: string[]) => ({
    'WWW-Authenticate': `Bearer ${[...parameters, `resource_metadata="${metadataUrl}"`].join(', ')}`,
  });
  if (reason === 'no_token') {
    // RFC 6750 §3.1: a request without authentication gets no error code.
    return new Problem(status, 'This API needs an access token.', { headers: challenge() });
  }
  const detail = `${refusal.description[0]?.toUpperCase()}${refusal.description.slice(1)}.`;
  // No other token would do, so that there is nothing to challenge for.
  if (reason === 'forbidden') return new Problem(status, detail);
  const scope = reason === 'insufficient_scope' ? { scope: refusal.scope } : {};
  const headers = challenge(
    `error="${reason}"`,
    `error_description="${refusal.description.replaceAll('"', "'")}"`,
    ...Object.values(scope).map((name) => `scope="${name}"`),
  );
  return new Problem(status, detail, { headers, members: { error: reason, ...scope } });
}
