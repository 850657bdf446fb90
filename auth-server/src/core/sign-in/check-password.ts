/** The check of a password, wherever one is asked for: within the limits on guesses, and telling nothing but yes or no. */

import { networkOf } from 'shared/core/networks.ts';
import type { LoginAttempt, LoginThrottle } from '../throttle/login-throttle.ts';
import { type PasswordHasher, UNCHECKED } from '../users/password-hasher.ts';
import { isPossiblePassword } from '../users/password-rules.ts';
import type { UserAccount, UserStore } from '../users/user-store.ts';

export interface PasswordCheckDependencies {
  store: Pick<UserStore, 'findByUsername'>;
  hasher: PasswordHasher;
  throttle: LoginThrottle;
}

/**
 * Answers with the active user whose password it is. A wrong password and an unknown or disabled user take the same time.
 *
 * A guess over a limit is refused at once, even if it is right, so that it takes nobody else's turn. The quick refusal tells
 * guessers what they could have counted themselves: names are counted as they are typed, whether or not there is such a
 * user. It also tells that others have guessed at the same name; and at a user's own address, where the limit is higher,
 * that the user has signed in there lately.
 */
export function passwordCheck({ store, hasher, throttle }: PasswordCheckDependencies) {
  return async function checkPassword(
    attempt: LoginAttempt,
    password: string,
  ): Promise<{ user: UserAccount; passwordHash: string } | undefined> {
    if (!isPossiblePassword(password)) return undefined;
    if (await throttle.isSpent(attempt)) return undefined;
    const caller = attempt.address === undefined ? undefined : networkOf(attempt.address);
    const found = await hasher.verify(password, findWithinLimits, caller);
    if (found) await throttle.succeeded(attempt);
    return found;

    async function findWithinLimits() {
      // Many may have waited for their turns together, and only now are they counted.
      if (!(await throttle.admit(attempt))) return UNCHECKED;
      const known = await store.findByUsername(attempt.username);
      return known?.user.status === 'active' ? known : undefined;
    }
  };
}
