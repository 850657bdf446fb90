/** The one mapping of refusals to answers. */
import { Problem } from 'shared/http/problem.ts';
import type { Refusal } from '../core/ask-the-time.ts';

/** RFC 7617 §2. */
const challenge = { 'WWW-Authenticate': 'Basic realm="webapp", charset="UTF-8"' };

export function refusalProblem({ by, of, reason }: Refusal): Problem {
  switch (of) {
    case 'user':
      return refusedUser();
    case 'webapp':
      return new Problem(502, `The authorization server refuses this webapp: ${reason}.`, {
        members: { error: reason },
      });
    case 'unauthenticated':
      return new Problem(401, reason, { headers: challenge, members: { by } });
    case 'forbidden':
      return new Problem(403, reason, { members: { by } });
  }
}

/** The answer to a user that is refused, or to credentials that are none. */
export function refusedUser(): Problem {
  return new Problem(401, 'The username or the password is refused.', { headers: challenge });
}
