/** The user directory of the users that this system keeps itself. */

import { hash } from 'node:crypto';
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
      const isOutdated = hasher.isOutdated(found.passwordHash);
      const current = isOutdated ? await rehash(found, password) : found.passwordHash;
      return { ...userOf(found.user), proof: proofOf(current) };
    },
    async holds(sub, proof) {
      const current = await store.heldPasswordHash(sub);
      return current !== undefined && proofOf(current) === proof;
    },
    async find(sub) {
      const account = await store.find(sub);
      return account?.status === 'active' ? userOf(account) : undefined;
    },
  };

  /** The hash that the password has now. */
  async function rehash(
    { user, passwordHash }: { user: UserAccount; passwordHash: string },
    password: string,
  ): Promise<string> {
    try {
      const anew = await hasher.hash(password);
      // With the version: a password that was changed meanwhile stays changed.
      const { ok } = await store.update(user.id, user.version, { passwordHash: anew });
      return ok ? anew : passwordHash;
    } catch (failure) {
      rehashFailed(failure);
      return passwordHash;
    }
  }
}

/** Hashes of passwords are salted, so that no two are alike. */
function proofOf(passwordHash: string): string {
  return hash('sha256', passwordHash, 'base64url');
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
