/** Turns outages into an error of the library, which it passes on to callers as an outage. */
import { errors } from 'oidc-provider';
import { Unavailable } from 'shared/core/unavailable.ts';
import { UpstreamFault } from 'shared/upstream/fault.ts';
import { statusOfOutage } from 'shared/upstream/outage-status.ts';

/** Waits for an answer, and rethrows an outage as the library's error. */
export async function tellingOutages<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof Unavailable ? oauthError(error) : error;
  }
}

/** The OAuth error for an outage. Its status is that of the outage, because the library's own would blame the client. */
export function oauthError(outage: Unavailable): errors.OIDCProviderError {
  const description = outage instanceof UpstreamFault ? outage.detail : 'try again later';
  const error = new errors.TemporarilyUnavailable(description, { cause: outage });
  const status = statusOfOutage(outage);
  return Object.assign(error, { status, statusCode: status });
}
