/** The port to the users that this server keeps itself. */
import type { Result } from 'shared/core/result.ts';

/** What a user may do here besides signing in: nothing, or administer everything. */
export const ROLES = ['user', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** A user who is `disabled` cannot sign in, and their grants no longer count. */
export const USER_STATUSES = ['active', 'disabled'] as const;
export type UserStatus = (typeof USER_STATUSES)[number];

/** What is kept about a user, except the password. */
export interface UserAccount {
  /** The `sub` of the user's tokens: a UUID, and never another user's. */
  id: string;
  /** What the user signs in with, as written. No two usernames differ only in case. */
  username: string;
  displayName: string | undefined;
  email: string | undefined;
  emailVerified: boolean;
  roles: Role[];
  status: UserStatus;
  createdAt: Date;
  updatedAt: Date;
  /** Counts the changes, so that nobody overwrites a change that they have not seen. */
  version: number;
}

/** What may be changed about a user. */
export type UserChanges = Partial<
  Pick<UserAccount, 'username' | 'displayName' | 'email' | 'emailVerified' | 'roles' | 'status'>
> & { passwordHash?: string };

/**
 * Why a user was not changed:
 * - `unknown`: there is no such user
 * - `stale`: the user has changed since the caller saw them
 * - `taken`: another user has the username
 * - `last_admin`: no active user with the role `admin` would be left
 */
export type UpdateRefusal = 'unknown' | 'stale' | 'taken' | 'last_admin';

/** Keeps the users. Its promises reject with `StoreUnavailable` while they cannot be kept or read. */
export interface UserStore {
  find(id: string): Promise<UserAccount | undefined>;
  /** For signing in: the user with this name, whatever its case, and the hash of the password. */
  findByUsername(username: string): Promise<{ user: UserAccount; passwordHash: string } | undefined>;
  /** The hash of an active user's password. Within a unit of work nobody changes the user until its end. */
  heldPasswordHash(id: string): Promise<string | undefined>;
  /** Stores a new user; `taken` when another user has the username. */
  create(user: UserAccount & { passwordHash: string }): Promise<Result<UserAccount, 'taken'>>;
  /**
   * Changes a user who is still as the caller has seen them. Fields that are present but undefined are cleared.
   *
   * @param version the version that the caller has seen; undefined to change the user whatever the version
   * @returns the user after the change
   */
  update(
    id: string,
    version: number | undefined,
    changes: UserChanges,
  ): Promise<Result<UserAccount, UpdateRefusal>>;
  /** Up to `limit` users in the order of their ids: those after an id, or the first ones when it is undefined. */
  list(after: string | undefined, limit: number): Promise<UserAccount[]>;
  /** Whether any active user has the role `admin`. */
  hasAdmin(): Promise<boolean>;
}
