/** Refusals of use cases as problems. */
import type { Result } from 'shared/core/result.ts';
import { Problem } from 'shared/http/problem.ts';
import type { InvalidRegistration } from '../../core/clients/client-administration.ts';
import { stale } from './entity-tags.ts';

const problems = {
  unknown: notFound,
  stale,
  taken: () => new Problem(409, 'The name is taken.'),
  weak_password: () => new Problem(422, 'The password is too easy to guess.'),
  last_admin: () => new Problem(422, 'Nobody would be left to administer this.'),
  wrong_password: () => new Problem(422, 'The current password is not right.'),
  invalid: () => new Problem(422, 'A name or an email address does not have the right form.'),
  too_many: () => new Problem(422, 'The client has two secrets. Remove one of them first.'),
  public: () => new Problem(422, 'The client is a public one, which has no secrets.'),
  last: () => new Problem(422, 'The client would be left without a secret. Add another first.'),
  fixed: () => new Problem(409, 'The keys are those of a file. Change the file.'),
};

type UseCaseRefusal = keyof typeof problems | InvalidRegistration;

/**
 * What was asked for.
 *
 * @throws {Problem} when it was refused
 */
export function orThrowProblem<Value>(result: Result<Value, UseCaseRefusal>): Value {
  if (result.ok) return result.value;
  throw problemOf(result.refusal);
}

/**
 * What was looked up.
 *
 * @throws {Problem} 404 when it is not there
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
