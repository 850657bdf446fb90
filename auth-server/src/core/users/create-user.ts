/** The use case of creating a user. */
import { randomUUID } from 'node:crypto';
import type { Result } from 'shared/core/result.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { type PasswordRefusal, passwordRefusal } from './password-rules.ts';
import { isDisplayName, isEmailAddress } from './profile-rules.ts';
import type { UserAccount, UserStore } from './user-store.ts';
import { isUsername } from './usernames.ts';

/**
 * Why a user was not created:
 * - `taken`: another user has the username
 * - `invalid`: a name or the email address does not have the right form
 * - a {@link PasswordRefusal}
 */
export type CreateRefusal = 'taken' | 'invalid' | PasswordRefusal;

/** A user to create, with the password as it was chosen. */
export type NewUser = Pick<UserAccount, 'username' | 'displayName' | 'email' | 'emailVerified' | 'roles'> & {
  password: string;
};

/** Creates an active user. */
export async function createUser(
  store: UserStore,
  hasher: PasswordHasher,
  { password, ...user }: NewUser,
): Promise<Result<UserAccount, CreateRefusal>> {
  if (!isWellFormed(user)) return { ok: false, refusal: 'invalid' };
  const refusal = passwordRefusal(password, user.username);
  if (refusal !== undefined) return { ok: false, refusal };
  const now = new Date();
  const account: UserAccount = {
    ...user,
    id: randomUUID(),
    username: user.username.normalize('NFC'),
    emailVerified: user.email !== undefined && user.emailVerified,
    roles: [...new Set(user.roles)],
    status: 'active',
    createdAt: now,
    updatedAt: now,
    version: 1,
  };
  return store.create({ ...account, passwordHash: await hasher.hash(password) });
}

/** Whether the names and the email address, as far as they are given, have the right form. */
export function isWellFormed({
  username,
  displayName,
  email,
}: Partial<Pick<UserAccount, 'username' | 'displayName' | 'email'>>): boolean {
  return (
    (username === undefined || isUsername(username)) &&
    (displayName === undefined || isDisplayName(displayName)) &&
    (email === undefined || isEmailAddress(email))
  );
}
