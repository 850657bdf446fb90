/** The check of a password, wherever one is asked for: within the limits on guesses, and telling nothing but yes or no. */

import type { PasswordHasher } from '../users/password-hasher.ts';
import { isPossiblePassword } from '../users/password-rules.ts';
import type { UserAccount, UserStore } from '../users/user-store.ts';
import type { Guess, GuessThrottle } from './login-throttle.ts';

export interface PasswordCheckParts {
  store: Pick<UserStore, 'findByUsername'>;
  hasher: PasswordHasher;
  throttle: GuessThrottle;
}

export type CheckPassword = (
  guess: Guess,
  password: string,
) => Promise<{ user: UserAccount; passwordHash: string } | undefined>;

/**
 * Answers with the active user whose password it is. A wrong password, an unknown or disabled user and one guess too
 * many of a user take the same time.
 */
export function passwordCheck({ store, hasher, throttle }: PasswordCheckParts): CheckPassword {
  return async function checkPassword(guess, password) {
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
