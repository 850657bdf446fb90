/** The parts of the auth server that are there once, whichever keys it works with. */
import type { ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import type { Settings } from '../config.ts';
import type { ArtifactStore } from '../core/grants/artifact-store.ts';
import { databaseDirectory } from '../core/sign-in/database-directory.ts';
import { limitLogins } from '../core/sign-in/login-limits.ts';
import type { LoginThrottle } from '../core/sign-in/login-throttle.ts';
import type { PasswordHasher } from '../core/users/password-hasher.ts';
import type { UserDirectory } from '../core/users/user-directory.ts';
import { ARTIFACT_MODELS } from '../oidc/artifact-models.ts';
import { cookieKeys } from '../oidc/keys/cookie-keys.ts';
import { acceptAnyone } from '../stores/accept-anyone.ts';
import { argon2Passwords } from '../stores/argon2-passwords.ts';
import { type BatchedAudit, batchedAudit } from '../stores/batched-audit.ts';
import { noUsers } from '../stores/no-users.ts';
import { postgresStores } from '../stores/postgres/postgres-stores.ts';
import { memoryStores, type Stores } from '../stores/stores.ts';
import { throttleSecret } from '../stores/throttle-secret.ts';

/** Overrides that a test may replace. */
export interface Overrides {
  users?: UserDirectory;
  artifacts?: ArtifactStore;
}

/** What is there once, whichever keys the app works with. */
export interface Lasting {
  stores: Stores;
  users: UserDirectory;
  hasher: PasswordHasher;
  throttle: LoginThrottle;
  /** Records of who signs in with a password; where anyone may, nobody wants to know. */
  signIns: BatchedAudit | undefined;
  cookieKeys: string[];
}

/** Builds them. */
export function lastingParts(parts: ServiceDependencies<Settings>, { users, artifacts }: Overrides): Lasting {
  const { settings, stopping, log } = parts;
  const stores = { ...storesFor(parts), ...(artifacts && { artifacts }) };
  const hasher = argon2Passwords({
    memoryKiB: settings.ARGON2_MEMORY_KIB,
    passes: settings.ARGON2_PASSES,
    parallelism: settings.ARGON2_PARALLELISM,
  });
  const throttle = limitLogins(stores.attempts, throttleSecret(settings.SEALING_KEYS?.[0]));
  const rehashFailed = (err: unknown) =>
    log.warn({ event: 'password.not_rehashed', err }, 'a password was not hashed anew');
  const directories: Record<Settings['USER_DIRECTORY'], UserDirectory> = {
    'accept-anyone': acceptAnyone,
    database: databaseDirectory({ store: stores.users, hasher, throttle, rehashFailed }),
    none: noUsers,
  };
  const failed = (err: unknown) =>
    log.warn({ event: 'audit.delayed', err }, 'who signs in cannot be recorded now');
  return {
    stores,
    hasher,
    throttle,
    users: users ?? directories[settings.USER_DIRECTORY],
    signIns:
      settings.USER_DIRECTORY === 'accept-anyone'
        ? undefined
        : batchedAudit(stores.audit, stopping, { failed }),
    cookieKeys: cookieKeys(settings.SEALING_KEYS),
  };
}

function storesFor({ settings, stopping, log }: ServiceDependencies<Settings>): Stores {
  const { DATABASE_URL: url, SEALING_KEYS: sealingKeys, MIGRATIONS: migrations } = settings;
  if (url === undefined || sealingKeys === undefined) return memoryStores(ARTIFACT_MODELS, stopping);
  return postgresStores({ url, sealingKeys, migrations }, ARTIFACT_MODELS, { log }, stopping);
}
