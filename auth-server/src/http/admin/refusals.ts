/** Maps refused calls to answers, in this one place. */
import { Problem } from 'shared/http/problem.ts';
import { missingToken, refusedToken, sentence } from 'shared/http/token-refusals.ts';
import type { TokenInRequest } from 'shared/oauth/bearer-token.ts';
import { challenge } from 'shared/oauth/challenge.ts';
import type { AdminRefusal } from '../../core/admin/admin-authorization.ts';

type Refusal = AdminRefusal | Exclude<TokenInRequest, { token: string }>;

/**
 * The answer to a refused call.
 *
 * @param metadataUrl the URL of this API's metadata (RFC 9728)
 */
export function refusalProblem(refusal: Refusal, metadataUrl: string): Problem {
  const parameters = { resource_metadata: metadataUrl };
  switch (refusal.reason) {
    case 'no_token':
      return missingToken([challenge('Bearer', parameters)]);
    case 'forbidden':
      // No other token would help, so there is no challenge.
      return new Problem(403, sentence(refusal.description));
    default:
      return refusedToken(refusal, 'Bearer', parameters);
  }
}
