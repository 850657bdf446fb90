/** The check of a password, wherever one is asked for: within the limits on guesses, and telling nothing but yes or no. */

import type { PasswordHasher } from '../users/password-hasher.ts';
import { isPossiblePassword } from '../users/password-rules.ts';
import type { UserAccount, UserStore } from '../users/user-store.ts';
import type { LoginAttempt, LoginThrottle } from './login-throttle.ts';

export interface PasswordCheckDependencies {
  store: Pick<UserStore, 'findByUsername'>;
  hasher: PasswordHasher;
  throttle: LoginThrottle;
}

/**
 * Answers with the active user whose password it is. A wrong password, an unknown or disabled user and one guess too
 * many of a user take the same time.
 */
export function passwordCheck({ store, hasher, throttle }: PasswordCheckDependencies) {
  return async function checkPassword(
    guess: LoginAttempt,
    password: string,
  ): Promise<{ user: UserAccount; passwordHash: string } | undefined> {
    if (!isPossiblePassword(password)) return undefined;
    // At once: whoever is out of guesses must not keep others waiting, and learns nothing of any user by it.
    if (await throttle.isSpent(guess)) return undefined;
    const found = await hasher.verify(password, async () => {
      if (!(await throttle.admit(guess))) return undefined;
      const known = await store.findByUsername(guess.username);
      return known?.user.status === 'active' ? known : undefined;
    });
    if (found) await throttle.succeeded(guess);
    return found;
  };
}
