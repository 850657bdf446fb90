/** Creates the administrator that the settings name for the first start. */
import { StartupFault } from 'shared/config/startup-fault.ts';
import type { Logger } from 'shared/telemetry/logger.ts';
import type { Settings } from '../config.ts';
import type { CreateRefusal } from '../core/users/create-user.ts';
import { adminCreated, firstAdmin } from '../core/users/first-admin.ts';
import type { PasswordHasher } from '../core/users/password-hasher.ts';
import type { Stores } from '../stores/stores.ts';

const faults: Record<CreateRefusal, string> = {
  taken: 'FIRST_ADMIN_USERNAME: belongs to a user who is not an administrator',
  invalid: 'FIRST_ADMIN_USERNAME: must have 3 to 100 visible characters',
  password_length: 'FIRST_ADMIN_PASSWORD: must have 8 to 1,000 characters',
  weak_password: 'FIRST_ADMIN_PASSWORD: must be neither the username nor a common password',
};

/**
 * Creates the administrator that the settings name, unless there is an administrator already.
 *
 * @throws {StartupFault} when the username or the password cannot be used
 */
export async function createFirstAdministrator(
  { FIRST_ADMIN_USERNAME: username, FIRST_ADMIN_PASSWORD: password }: Settings,
  stores: Stores,
  hasher: PasswordHasher,
  log: Logger,
): Promise<void> {
  if (username === undefined || password === undefined) return;
  const result = await firstAdmin(stores.users, hasher, { username, password });
  if (!result.ok) throw new StartupFault([faults[result.refusal]]);
  if (result.value === 'created') {
    await stores.audit.record(adminCreated(username, 'FIRST_ADMIN_USERNAME'));
    log.info({ event: 'admin.created', username }, 'the first administrator was created');
  }
}
