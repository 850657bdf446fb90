/** The first administrator: the one whom the settings name, where there is none yet. */
import type { AuditEntry } from '../audit/audit-log.ts';
import { type CreateRefusal, createUser } from './create-user.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { UserStore } from './user-store.ts';

/** What an administrator needs to sign in. */
export interface AdminCredentials {
  username: string;
  password: string;
}

/** Creates an administrator. */
export async function createAdmin(
  store: UserStore,
  hasher: PasswordHasher,
  { username, password }: AdminCredentials,
): Promise<'created' | CreateRefusal> {
  const created = await createUser(store, hasher, {
    username,
    password,
    displayName: undefined,
    email: undefined,
    emailVerified: false,
    roles: ['user', 'admin'],
  });
  return typeof created === 'string' ? created : 'created';
}

/** The audit record of an administrator whom no administrator has created. */
export function adminCreated(username: string, by: 'create-admin' | 'FIRST_ADMIN_USERNAME'): AuditEntry {
  return {
    action: 'user_created',
    actor: undefined,
    subject: undefined,
    details: { username, roles: ['user', 'admin'], by },
  };
}

/** Creates an administrator unless there is one. Of any number of replicas that start at once, one does it. */
export async function firstAdmin(
  store: UserStore,
  hasher: PasswordHasher,
  credentials: AdminCredentials,
): Promise<'created' | 'there_is_one' | CreateRefusal> {
  if (await store.hasAdmin()) return 'there_is_one';
  const created = await createAdmin(store, hasher, credentials);
  return created === 'taken' && (await store.hasAdmin()) ? 'there_is_one' : created;
}
