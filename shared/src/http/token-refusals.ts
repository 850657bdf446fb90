/** The answers to calls without a usable token: a challenge (RFC 6750 §3, RFC 9449 §7.1) and a problem (RFC 9457). */
import type { Scheme } from '../oauth/bearer-token.ts';
import { challenge } from '../oauth/challenge.ts';
import { Problem } from './problem.ts';

/** The error codes of RFC 6750 §3.1 and RFC 9449 §7.1, with the status of each. */
const statuses = {
  invalid_request: 400,
  invalid_token: 401,
  invalid_dpop_proof: 401,
  insufficient_scope: 403,
};

/** Why a token was refused. */
export interface TokenRefusal {
  reason: keyof typeof statuses;
  /** A sentence without its capital letter and its full stop. */
  description: string;
  /** The scope that is missing. */
  scope?: string;
}

/** The answer to a call without a token: no error code (RFC 6750 §3.1), and a challenge for each scheme. */
export function missingToken(challenges: string[]): Problem {
  return new Problem(401, 'This API needs an access token.', {
    headers: { 'WWW-Authenticate': challenges.join(', ') },
  });
}

/**
 * The answer to a call whose token was refused.
 *
 * @param parameters what the API adds to each challenge of this scheme
 */
export function refusedToken(
  { reason: error, description, scope }: TokenRefusal,
  scheme: Scheme,
  parameters: Record<string, string>,
): Problem {
  const missing = scope === undefined ? {} : { scope };
  return new Problem(statuses[error], sentence(description), {
    headers: {
      'WWW-Authenticate': challenge(scheme, {
        error,
        error_description: description,
        ...missing,
        ...parameters,
      }),
    },
    members: { error, ...missing },
  });
}

/** Adds the capital letter and the full stop to a description. */
export function sentence(description: string): string {
  return `${description[0]?.toUpperCase()}${description.slice(1)}.`;
}
