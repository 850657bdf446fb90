/** What use cases answer in place of what was asked for, as problems. */
import { Problem } from 'shared/http/problem.ts';
import { stale } from './entity-tags.ts';

/** What is not refused. */
type Done<Result> = Exclude<Result, Refused | undefined>;
type Refused = keyof typeof refusals | 'stale';

const refusals = {
  taken: () => new Problem(409, 'The name is taken.'),
  weak_password: () => new Problem(422, 'The password is too easy to guess.'),
  last_admin: () => new Problem(422, 'Nobody would be left to administer this.'),
  wrong_password: () => new Problem(422, 'The current password is not right.'),
  invalid: () => new Problem(422, 'A name or an address has not its form.'),
  too_many: () => new Problem(422, 'The client has two secrets. Remove one of them first.'),
  public: () => new Problem(422, 'The client is a public one, which has no secrets.'),
  last: () => new Problem(422, 'The client would be left without a secret. Add another first.'),
  fixed: () => new Problem(409, 'The keys are those of a file. Change the file.'),
};

/**
 * What was asked for.
 *
 * @throws {Problem} when it is not there, or was refused
 */
export function found<Result>(result: Result): Done<Result> {
  if (result === undefined || result === false) throw new Problem(404, 'There is nothing at this path.');
  if (result === 'stale') throw stale();
  if (typeof result === 'string' && Object.hasOwn(refusals, result)) {
    throw refusals[result as keyof typeof refusals]();
  }
  return result as Done<Result>;
}
