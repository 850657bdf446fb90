/** Creates administrators where no administrator does: from the settings, or by an operator's command. */
import type { Result } from 'shared/core/result.ts';
import type { AuditEntry } from '../audit/audit-log.ts';
import { type CreateRefusal, createUser } from './create-user.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { UserAccount, UserStore } from './user-store.ts';

/** What an administrator needs to sign in. */
export interface AdminCredentials {
  username: string;
  password: string;
}

/** Creates an active user with the role `admin`. */
export function createAdmin(
  store: UserStore,
  hasher: PasswordHasher,
  { username, password }: AdminCredentials,
): Promise<Result<UserAccount, CreateRefusal>> {
  return createUser(store, hasher, {
    username,
    password,
    displayName: undefined,
    email: undefined,
    emailVerified: false,
    roles: ['user', 'admin'],
  });
}

/** The audit record of an administrator who was not created by another administrator. */
export function adminCreated(username: string, by: 'create-admin' | 'FIRST_ADMIN_USERNAME'): AuditEntry {
  return {
    action: 'user_created',
    actor: undefined,
    subject: undefined,
    details: { username, roles: ['user', 'admin'], by },
  };
}

/** Creates an administrator unless there is one. If several replicas start at once, one of them creates the administrator. */
export async function firstAdmin(
  store: UserStore,
  hasher: PasswordHasher,
  credentials: AdminCredentials,
): Promise<Result<'created' | 'there_is_one', CreateRefusal>> {
  if (await store.hasAdmin()) return { ok: true, value: 'there_is_one' };
  const created = await createAdmin(store, hasher, credentials);
  if (created.ok) return { ok: true, value: 'created' };
  const another = created.refusal === 'taken' && (await store.hasAdmin());
  return another ? { ok: true, value: 'there_is_one' } : created;
}
