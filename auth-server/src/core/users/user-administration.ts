/** The use cases of administrators who manage users, and of users who change their own account. */
import type { Result } from 'shared/core/result.ts';
import type { ActsBy, GrantList } from '../grants/grant-list.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { type CreateRefusal, createUser, isWellFormed, type NewUser } from './create-user.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { passwordRefusal } from './password-rules.ts';
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
  unitOfWork: UnitOfWork;
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
  unitOfWork,
}: UserAdministrationDependencies) {
  return {
    find: store.find,
    list: store.list,

    create: (user: NewUser) => createUser(store, hasher, user),

    /** Changes a user. Disabling a user signs them out and ends all their grants. */
    change: (id: string, version: number, changes: AccountChanges): Promise<ChangeResult> =>
      unitOfWork(async () => {
        const changed = await changeAccount(id, version, changes);
        if (changed.ok && changed.value.status === 'disabled') {
          await sessions.endAll(id, 'sessions and grants');
        }
        return changed;
      }),

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
      const refusal = passwordRefusal(password, user.username);
      if (refusal !== undefined) return { ok: false, refusal };
      return updatePassword(id, undefined, await hasher.hash(password), 'sessions and grants');
    },

    changePassword,
  };

  /**
   * Changes the password of a user who knows the current one. The user's other sessions end.
   *
   * @param address where the request came from, for the limits on login attempts
   * @param own what the request was made with: it stays
   */
  async function changePassword(
    id: string,
    { current, next }: { current: string; next: string },
    address: string | undefined,
    own?: ActsBy,
  ): Promise<ChangeResult> {
    const user = await store.find(id);
    if (user === undefined) return { ok: false, refusal: 'unknown' };
    const refusal = passwordRefusal(next, user.username);
    if (refusal !== undefined) return { ok: false, refusal };
    const found = await checkPassword({ username: user.username, address }, current);
    if (found?.user.id !== id) return { ok: false, refusal: 'wrong_password' };
    const hash = await hasher.hash(next);
    const changed = await updatePassword(id, found.user.version, hash, 'sessions', own);
    // The user was changed meanwhile, perhaps the password itself: check again.
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
