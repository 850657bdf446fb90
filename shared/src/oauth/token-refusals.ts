/** The answers to calls without a usable token: a status, a challenge (RFC 6750 §3, RFC 9449 §7.1) and a text. */
import type { Scheme } from './bearer-token.ts';
import { challenge } from './challenge.ts';

/** The error codes of RFC 6750 §3.1, RFC 9449 §7.1 and RFC 9470 §3, with the status of each. */
const statuses = {
  invalid_request: 400,
  invalid_token: 401,
  invalid_dpop_proof: 401,
  insufficient_user_authentication: 401,
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

/** What a problem (RFC 9457) says to a caller, before a service gives it its form. */
export interface RefusedCall {
  status: number;
  detail: string;
  headers: Record<string, string>;
  /** Extension members of the body (RFC 9457 §3.2). */
  members: Record<string, unknown>;
}

/** The answer to a call without a token: no error code (RFC 6750 §3.1), and a challenge for each scheme. */
export function missingToken(challenges: string[]): RefusedCall {
  return {
    status: 401,
    detail: 'This API needs an access token.',
    headers: { 'WWW-Authenticate': challenges.join(', ') },
    members: {},
  };
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
): RefusedCall {
  const missing = scope === undefined ? {} : { scope };
  return {
    status: statuses[error],
    detail: sentence(description),
    headers: {
      'WWW-Authenticate': challenge(scheme, {
        error,
        error_description: description,
        ...missing,
        ...parameters,
      }),
    },
    members: { error, ...missing },
  };
}

/** Adds the capital letter and the full stop to a description. */
export function sentence(description: string): string {
  return `${description[0]?.toUpperCase()}${description.slice(1)}.`;
}
