/** The user directory of the users that this system keeps itself. */

import type { User, UserDirectory } from '../users/user-directory.ts';
import type { UserAccount, UserStore } from '../users/user-store.ts';
import { type PasswordCheckDependencies, passwordCheck } from './check-password.ts';

export interface DatabaseDirectoryDependencies extends PasswordCheckDependencies {
  store: UserStore;
  /** Told why a password could not be hashed anew; its user is signed in nevertheless. */
  rehashFailed: (failure: unknown) => void;
}

/** The directory. Disabled users are not in it, so that what they have been granted ends with them. */
export function databaseDirectory({
  store,
  hasher,
  throttle,
  rehashFailed,
}: DatabaseDirectoryDependencies): UserDirectory {
  const checkPassword = passwordCheck({ store, hasher, throttle });

  return {
    async authenticate(username, password, address) {
      const found = await checkPassword({ username, address }, password);
      if (found === undefined) return undefined;
      if (hasher.isOutdated(found.passwordHash)) await rehash(found.user, password);
      return userOf(found.user);
    },
    async find(sub) {
      const account = await store.find(sub);
      return account?.status === 'active' ? userOf(account) : undefined;
    },
  };

  async function rehash(user: UserAccount, password: string): Promise<void> {
    try {
      // With the version: a password that was changed meanwhile stays changed.
      await store.update(user.id, user.version, { passwordHash: await hasher.hash(password) });
    } catch (failure) {
      rehashFailed(failure);
    }
  }
}

function userOf({ id, username, displayName, email, emailVerified }: UserAccount): User {
  return {
    sub: id,
    claims: {
      preferred_username: username,
      ...(displayName !== undefined && { name: displayName }),
      ...(email !== undefined && { email, email_verified: emailVerified }),
    },
  };
}
