/** The use cases of administering users, and of users who change what is their own. */
import type { Result } from 'shared/core/result.ts';
import type { ActsBy, GrantList } from '../grants/grant-list.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { type CreateRefusal, createUser, isWellFormed, type NewUser } from './create-user.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { isGoodPassword } from './password-rules.ts';
import type { UpdateRefusal, UserAccount, UserChanges, UserStore } from './user-store.ts';

/** The port to the check of a password: the active user whose password it is, within the limits on login attempts. */
export type CheckPassword = (
  attempt: { username: string; address: string | undefined },
  password: string,
) => Promise<{ user: UserAccount } | undefined>;

export interface UserAdministrationDependencies {
  store: UserStore;
  hasher: PasswordHasher;
  checkPassword: CheckPassword;
  sessions: Pick<GrantList, 'endAll'>;
  unitOfWork: UnitOfWork;
}

/** What an administrator may change of a user. */
export type AccountChanges = Omit<UserChanges, 'passwordHash'>;

/** What users may change of themselves. */
export type ProfileChanges = Pick<UserChanges, 'displayName' | 'email'>;

/** Why something was not done to a user. */
export type UserRefusal = CreateRefusal | UpdateRefusal | 'wrong_password';

/** A user after a change, or why there was none. */
export type ChangeResult = Result<UserAccount, UserRefusal>;

/** The use cases. Who may use them is decided before. */
export function userAdministration({
  store,
  hasher,
  checkPassword,
  sessions,
  unitOfWork,
}: UserAdministrationDependencies) {
  return {
    find: store.find,
    list: store.list,

    create: (user: NewUser) => createUser(store, hasher, user),

    /** Changes a user. One who is disabled is signed out, and all that they have granted ends. */
    change: (id: string, version: number, changes: AccountChanges): Promise<ChangeResult> =>
      unitOfWork(async () => {
        const changed = await changeAccount(id, version, changes);
        if (changed.ok && changed.value.status === 'disabled') {
          await sessions.endAll(id, 'sessions and grants');
        }
        return changed;
      }),

    /** Changes of a user what they may change themselves, and nothing else. */
    changeProfile(id: string, version: number, changes: ProfileChanges): Promise<ChangeResult> {
      return changeAccount(id, version, {
        ...('displayName' in changes && { displayName: changes.displayName }),
        ...('email' in changes && { email: changes.email }),
      });
    },

    /** Sets a password in place of one that was lost or found by somebody else: sessions and grants end. */
    async setPassword(id: string, password: string): Promise<ChangeResult> {
      const user = await store.find(id);
      if (user === undefined) return { ok: false, refusal: 'unknown' };
      if (!isGoodPassword(password, user.username)) return { ok: false, refusal: 'weak_password' };
      return updatePassword(id, undefined, await hasher.hash(password), 'sessions and grants');
    },

    changePassword,
  };

  /**
   * Changes the password of a user who knows the one until now. Their other sessions end.
   *
   * @param address where the user is, for the limit on guesses
   * @param own by what they do it: this stays
   */
  async function changePassword(
    id: string,
    { current, next }: { current: string; next: string },
    address: string | undefined,
    own?: ActsBy,
  ): Promise<ChangeResult> {
    const user = await store.find(id);
    if (user === undefined) return { ok: false, refusal: 'unknown' };
    if (!isGoodPassword(next, user.username)) return { ok: false, refusal: 'weak_password' };
    const found = await checkPassword({ username: user.username, address }, current);
    if (found?.user.id !== id) return { ok: false, refusal: 'wrong_password' };
    const hash = await hasher.hash(next);
    const changed = await updatePassword(id, found.user.version, hash, 'sessions', own);
    // What was changed meanwhile may have been the password.
    if (!changed.ok && changed.refusal === 'stale') {
      return changePassword(id, { current, next }, address, own);
    }
    return changed;
  }

  /** As a whole: nobody is left signed in with a password that is no more, whatever fails. */
  function updatePassword(
    id: string,
    version: number | undefined,
    passwordHash: string,
    ...ending: ['sessions' | 'sessions and grants', own?: ActsBy]
  ): Promise<ChangeResult> {
    return unitOfWork(async () => {
      const changed = await store.update(id, version, { passwordHash });
      if (changed.ok) await sessions.endAll(id, ...ending);
      return changed;
    });
  }

  async function changeAccount(id: string, version: number, changes: AccountChanges): Promise<ChangeResult> {
    if (!isWellFormed(changes)) return { ok: false, refusal: 'invalid' };
    const user = await store.find(id);
    if (user === undefined) return { ok: false, refusal: 'unknown' };
    return store.update(id, version, settled(user, changes));
  }
}

/** Changes with what follows from them: another address is not verified because the one before was. */
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
