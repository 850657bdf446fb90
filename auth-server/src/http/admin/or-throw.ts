/** Turns refusals of use cases into problems. */
import type { Result } from 'shared/core/result.ts';
import { Problem } from 'shared/http/problem.ts';
import type { InvalidRegistration } from '../../core/clients/client-administration.ts';
import { stale } from './entity-tags.ts';

const problems = {
  unknown: notFound,
  stale,
  taken: () => new Problem(409, 'This name is already taken.'),
  weak_password: () => new Problem(422, 'The password is too easy to guess.'),
  last_admin: () => new Problem(422, 'There would be no administrator left.'),
  wrong_password: () => new Problem(422, 'The current password is incorrect.'),
  invalid: () => new Problem(422, 'A name or the email address is not valid.'),
  too_many: () => new Problem(422, 'The client already has two secrets. Remove one of them first.'),
  public: () => new Problem(422, 'The client does not authenticate with a secret.'),
  last: () => new Problem(422, 'The client would have no secret left. Add another one first.'),
  fixed: () => new Problem(409, 'The keys come from a file. Change the file.'),
};

type UseCaseRefusal = keyof typeof problems | InvalidRegistration;

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
  return new Problem(422, refusal.description, { members: { error: refusal.reason } });
}

function notFound(): Problem {
  return new Problem(404, 'There is nothing at this path.');
}
