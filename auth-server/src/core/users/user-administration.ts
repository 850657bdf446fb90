/** The use cases of administrators who manage users, and of users who change their own account. */
import type { Result } from 'shared/core/result.ts';
import type { GrantList } from '../grants/grant-list.ts';
import { type CreateRefusal, createUser, isWellFormed, type NewUser } from './create-user.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { isGoodPassword } from './password-rules.ts';
import type { UpdateRefusal, UserAccount, UserChanges, UserStore } from './user-store.ts';

/** Checks a password, within the limits on login attempts. Resolves with the active user if it is right, else undefined. */
export type CheckPassword = (
  attempt: { username: string; address: string | undefined },
  password: string,
) => Promise<{ user: UserAccount } | undefined>;

/** What the use cases need. */
export interface UserAdministrationDependencies {
  store: UserStore;
  hasher: PasswordHasher;
  checkPassword: CheckPassword;
  sessions: Pick<GrantList, 'endAll'>;
}

/** What an administrator may change about a user. */
export type AccountChanges = Omit<UserChanges, 'passwordHash'>;

/** What users may change about themselves. */
export type ProfileChanges = Pick<UserChanges, 'displayName' | 'email'>;

/** Why a user was not created or changed. */
export type UserRefusal = CreateRefusal | UpdateRefusal | 'wrong_password';

/** The user after a change, or why there was no change. */
export type ChangeResult = Result<UserAccount, UserRefusal>;

/** The use cases. The caller is authorized before. */
export function userAdministration({
  store,
  hasher,
  checkPassword,
  sessions,
}: UserAdministrationDependencies) {
  return {
    find: store.find,
    list: store.list,

    create: (user: NewUser) => createUser(store, hasher, user),

    /** Changes a user. Disabling a user signs them out and ends all their grants. */
    async change(id: string, version: number, changes: AccountChanges): Promise<ChangeResult> {
      const changed = await changeAccount(id, version, changes);
      if (changed.ok && changed.value.status === 'disabled') {
        await sessions.endAll(id, 'sessions and grants');
      }
      return changed;
    },

    /** Changes only what users may change about themselves. */
    changeProfile(id: string, version: number, changes: ProfileChanges): Promise<ChangeResult> {
      return changeAccount(id, version, {
        ...('displayName' in changes && { displayName: changes.displayName }),
        ...('email' in changes && { email: changes.email }),
      });
    },

    /** Replaces a password that was lost or stolen. All sessions and grants of the user end. */
    async setPassword(id: string, password: string): Promise<ChangeResult> {
      const user = await store.find(id);
      if (user === undefined) return { ok: false, refusal: 'unknown' };
      if (!isGoodPassword(password, user.username)) return { ok: false, refusal: 'weak_password' };
      const changed = await store.update(id, undefined, { passwordHash: await hasher.hash(password) });
      if (changed.ok) await sessions.endAll(id, 'sessions and grants');
      return changed;
    },

    changePassword,
  };

  /**
   * Changes the password of a user who knows the current one. The user's other sessions end.
   *
   * @param address where the request came from, for the limits on login attempts
   * @param exceptGrant the grant that the request was made with: it stays, and so does the session that it was given in
   */
  async function changePassword(
    id: string,
    { current, next }: { current: string; next: string },
    address: string | undefined,
    exceptGrant?: string,
  ): Promise<ChangeResult> {
    const user = await store.find(id);
    if (user === undefined) return { ok: false, refusal: 'unknown' };
    if (!isGoodPassword(next, user.username)) return { ok: false, refusal: 'weak_password' };
    const found = await checkPassword({ username: user.username, address }, current);
    if (found?.user.id !== id) return { ok: false, refusal: 'wrong_password' };
    const changed = await store.update(id, found.user.version, { passwordHash: await hasher.hash(next) });
    // The user was changed meanwhile, perhaps the password itself: check again.
    if (!changed.ok && changed.refusal === 'stale') {
      return changePassword(id, { current, next }, address, exceptGrant);
    }
    if (changed.ok) await sessions.endAll(id, 'sessions', exceptGrant);
    return changed;
  }

  async function changeAccount(id: string, version: number, changes: AccountChanges): Promise<ChangeResult> {
    if (!isWellFormed(changes)) return { ok: false, refusal: 'invalid' };
    const user = await store.find(id);
    if (user === undefined) return { ok: false, refusal: 'unknown' };
    return store.update(id, version, settled(user, changes));
  }
}

/** Adds what follows from the changes: a new email address is not verified just because the old one was. */
function settled(user: UserAccount, changes: AccountChanges): AccountChanges {
  const moved = 'email' in changes && changes.email !== user.email;
  const email = 'email' in changes ? changes.email : user.email;
  const verified = changes.emailVerified ?? (user.emailVerified && !moved);
  return {
    ...changes,
    emailVerified: verified && email !== undefined,
    ...(changes.username !== undefined && { username: changes.username.normalize('NFC') }),
    ...(changes.roles !== undefined && { roles: [...new Set(changes.roles)] }),
  };
}
