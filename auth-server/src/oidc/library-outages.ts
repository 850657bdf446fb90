/** Outages as the library's error for them, which it tells its callers right. */
import { errors } from 'oidc-provider';
import { Unavailable } from 'shared/core/unavailable.ts';

/** What a promise resolves with; an outage that rejects it as the library's error. */
export async function tellingOutages<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof Unavailable ? oauthError(error) : error;
  }
}

/** The OAuth error for an outage, with a status that says so: the library's own would blame the client. */
export function oauthError(outage: Unavailable): errors.OIDCProviderError {
  const error = new errors.TemporarilyUnavailable('try again later', { cause: outage });
  return Object.assign(error, { status: 503, statusCode: 503 });
}
