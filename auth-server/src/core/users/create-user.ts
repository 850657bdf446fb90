/** The use case of creating a user. */
import { randomUUID } from 'node:crypto';
import type { PasswordHasher } from './password-hasher.ts';
import { isGoodPassword } from './password-rules.ts';
import { isDisplayName, isEmailAddress } from './profile-rules.ts';
import type { UserAccount, UserStore } from './user-store.ts';
import { isUsername } from './usernames.ts';

/** Why something was not done to a user. `invalid`: a name or an address has not its form. */
export type UserRefusal = 'taken' | 'invalid' | 'weak_password' | 'last_admin';

/** Why a user was not created. */
export type CreateRefusal = Exclude<UserRefusal, 'last_admin'>;

export type NewUser = Pick<UserAccount, 'username' | 'displayName' | 'email' | 'emailVerified' | 'roles'> & {
  password: string;
};

/** Creates an active user. */
export async function createUser(
  store: UserStore,
  hasher: PasswordHasher,
  { password, ...user }: NewUser,
): Promise<UserAccount | CreateRefusal> {
  if (!isWellFormed(user)) return 'invalid';
  if (!isGoodPassword(password, user.username)) return 'weak_password';
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
  const created = await store.create({ ...account, passwordHash: await hasher.hash(password) });
  return created === 'taken' ? 'taken' : account;
}

/** Whether the names and addresses that are there have their form. */
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
