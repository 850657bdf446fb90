/** The port to the users that this system keeps itself. */
import type { Result } from 'shared/core/result.ts';

/** What a user may do here besides signing in: nothing, or administer everything. */
export const ROLES = ['user', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** A user who is `disabled` cannot sign in, and what they have been granted no longer counts. */
export const USER_STATUSES = ['active', 'disabled'] as const;
export type UserStatus = (typeof USER_STATUSES)[number];

/** What is known of a user, but for the password. */
export interface UserAccount {
  /** The `sub` of the user's tokens: a UUID, and never another user's. */
  id: string;
  /** What the user signs in with, as written; no two differ in case only. */
  username: string;
  displayName: string | undefined;
  email: string | undefined;
  emailVerified: boolean;
  roles: Role[];
  status: UserStatus;
  createdAt: Date;
  updatedAt: Date;
  /** Counts the changes, so that nobody overwrites what they have not seen. */
  version: number;
}

/** What may be changed of a user. */
export type UserChanges = Partial<
  Pick<UserAccount, 'username' | 'displayName' | 'email' | 'emailVerified' | 'roles' | 'status'>
> & { passwordHash?: string };

/**
 * Why a user was not changed: `unknown`, there is no such user; `stale`, there was another change since the version that
 * was seen; `taken`, another has the username; `last_admin`, nobody would be left who is an active `admin`.
 */
export type UpdateRefusal = 'unknown' | 'stale' | 'taken' | 'last_admin';

export interface UserStore {
  find(id: string): Promise<UserAccount | undefined>;
  /** For signing in: the user of this name in any case, with the hash of the password. */
  findByUsername(username: string): Promise<{ user: UserAccount; passwordHash: string } | undefined>;
  /** Stores a new user; `taken` when another has the username. */
  create(user: UserAccount & { passwordHash: string }): Promise<Result<UserAccount, 'taken'>>;
  /**
   * Changes a user that is as the caller has seen it. Fields that are there and undefined are cleared.
   *
   * @param version the one that was seen; undefined to change whatever there is
   * @returns the user after the change
   */
  update(
    id: string,
    version: number | undefined,
    changes: UserChanges,
  ): Promise<Result<UserAccount, UpdateRefusal>>;
  /** So many users in the order of their ids, after an id; the first ones when it is undefined. */
  list(after: string | undefined, limit: number): Promise<UserAccount[]>;
  /** Whether anybody is an active `admin`. */
  hasAdmin(): Promise<boolean>;
}
