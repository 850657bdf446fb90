/** Turns outages into an error of the library, which it passes on to callers as an outage. */
import { errors } from 'oidc-provider';
import { Unavailable } from 'shared/core/unavailable.ts';

/** Waits for an answer, and rethrows an outage as the library's error. */
export async function tellingOutages<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof Unavailable ? oauthError(error) : error;
  }
}

/** The OAuth error for an outage. Its status is 503, because the library's own would blame the client. */
export function oauthError(outage: Unavailable): errors.OIDCProviderError {
  const error = new errors.TemporarilyUnavailable('try again later', { cause: outage });
  return Object.assign(error, { status: 503, statusCode: 503 });
}
