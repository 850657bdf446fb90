/** The parameters of a token exchange (RFC 8693 §2.1), parsed where they come in. */
import { errors } from 'oidc-provider';
import { ACCESS_TOKEN, JWT } from '../../core/exchange/token-types.ts';
import { textOf } from '../parameters.ts';

/** The parameters of the grant. */
export const PARAMETERS = [
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'requested_token_type',
  'resource',
  'audience',
  'scope',
];

/** A token that the client presents, and what it says that it is. */
export interface PresentedToken {
  /** The parameter that it is in. */
  name: 'subject_token' | 'actor_token';
  token: string;
  type: typeof ACCESS_TOKEN | typeof JWT;
}

/** What is asked for. */
export interface ExchangeParameters {
  subject: PresentedToken;
  actor: PresentedToken | undefined;
  /** Without repetition. */
  scopes: string[] | undefined;
}

/**
 * Parses the parameters, but for those that name the API.
 *
 * @throws {errors.InvalidRequest} when one is missing, or of a type that is not supported
 */
export function exchangeParameters(params: Record<string, unknown>): ExchangeParameters {
  const subject = presented(params, 'subject_token');
  if (subject === undefined)
    throw new errors.InvalidRequest('missing required parameter(s): subject_token and subject_token_type');
  const requested = textOf(params.requested_token_type);
  if (requested !== undefined && requested !== ACCESS_TOKEN)
    throw new errors.InvalidRequest(`requested_token_type must be ${ACCESS_TOKEN}`);
  const named =
    textOf(params.scope)
      ?.split(' ')
      .filter((scope) => scope !== '') ?? [];
  return {
    subject,
    actor: presented(params, 'actor_token'),
    // An empty parameter is none (RFC 6749 §3.2).
    scopes: named.length === 0 ? undefined : [...new Set(named)],
  };
}

/** A token and its type, which come together or not at all. */
function presented(
  params: Record<string, unknown>,
  name: PresentedToken['name'],
): PresentedToken | undefined {
  const token = textOf(params[name]);
  const type = textOf(params[`${name}_type`]);
  if (token === undefined && type === undefined) return undefined;
  if (token === undefined || type === undefined)
    throw new errors.InvalidRequest(`${name} and ${name}_type come together`);
  if (type !== ACCESS_TOKEN && type !== JWT)
    throw new errors.InvalidRequest(`${name}_type must be ${ACCESS_TOKEN} or ${JWT}`);
  return { name, token, type };
}
