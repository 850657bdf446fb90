/** The one mapping of refusals to answers: of calls that are not allowed, and of what use cases refuse. */
import type { Result } from 'shared/core/result.ts';
import { Problem } from 'shared/http/problem.ts';
import type { TokenInRequest } from 'shared/oauth/bearer-token.ts';
import { challenge } from 'shared/oauth/challenge.ts';
import { missingToken, type RefusedCall, refusedToken, sentence } from 'shared/oauth/token-refusals.ts';
import type { AdminRefusal } from '../../core/admin/admin-authorization.ts';
import type { InvalidApi } from '../../core/apis/api-administration.ts';
import type { InvalidRegistration } from '../../core/clients/client-administration.ts';
import { stale } from './entity-tags.ts';
import { faultyProblem } from './invalid.ts';

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
      return refusedCall(missingToken([challenge('Bearer', parameters)]));
    case 'forbidden':
      // No other token would help, so there is no challenge.
      return new Problem(403, sentence(refusal.description));
    default:
      return refusedCall(refusedToken(refusal, 'Bearer', parameters));
  }
}

function refusedCall({ status, detail, headers, members }: RefusedCall): Problem {
  return new Problem(status, detail, { headers, members });
}

const problems = {
  unknown: notFound,
  stale,
  taken: () => new Problem(409, 'This name is already taken.'),
  password_length: () => new Problem(422, 'The password must have 8 to 1,000 characters.'),
  weak_password: () => new Problem(422, 'The password is too easy to guess.'),
  last_admin: () => new Problem(422, 'There would be no administrator left.'),
  wrong_password: () => new Problem(422, 'The current password is incorrect.'),
  invalid: () => new Problem(422, 'A name or the email address is not valid.'),
  too_many: () => new Problem(422, 'The client already has two secrets. Remove one of them first.'),
  public: () => new Problem(422, 'The client does not authenticate with a secret.'),
  last: () => new Problem(422, 'The client would have no secret left. Add another one first.'),
  api_taken: () => new Problem(409, 'There is an API with this identifier already.'),
  of_settings: () =>
    new Problem(
      409,
      'This API is read-only here: it comes from the settings of the server. Change it there.',
    ),
  too_many_apis: () => new Problem(422, 'There are 1,000 APIs already. Delete one of them first.'),
  fixed: () => new Problem(409, 'The keys come from a file. Change the file.'),
};

type UseCaseRefusal = keyof typeof problems | InvalidRegistration | InvalidApi;

/**
 * The value of a result.
 *
 * @throws {Problem} when the result is a refusal
 */
export function orThrowProblem<Value>(result: Result<Value, UseCaseRefusal>): Value {
  if (result.ok) return result.value;
  throw problemOf(result.refusal);
}

/**
 * What was looked up.
 *
 * @throws {Problem} 404 when nothing was found
 */
export function orThrowNotFound<Value>(found: Value | undefined): Value {
  if (found === undefined) throw notFound();
  return found;
}

function problemOf(refusal: UseCaseRefusal): Problem {
  if (typeof refusal === 'string') return problems[refusal]();
  if (refusal.reason === 'invalid_api') {
    return faultyProblem(422, 'The definition of the API is not valid.', refusal.faults);
  }
  return new Problem(422, refusal.description, { members: { error: refusal.reason } });
}

/** The answer where nothing is. */
export function notFound(): Problem {
  return new Problem(404, 'There is nothing at this path.');
}
