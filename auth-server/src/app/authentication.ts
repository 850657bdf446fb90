/** How resource owners authenticate: the user directory, password hashing, throttling, and records of sign-ins. */
import type { ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import { requestFacts } from 'shared/telemetry/request-context.ts';
import type { Settings } from '../config.ts';
import type { ClientStore } from '../core/clients/client-registration.ts';
import { auditedSignIn } from '../core/sign-in/audited-sign-in.ts';
import { databaseDirectory } from '../core/sign-in/database-directory.ts';
import { type Admit, admitWith, type SignIn, signInWith } from '../core/sign-in/sign-in.ts';
import type { LoginThrottle } from '../core/throttle/login-throttle.ts';
import type { PasswordHasher } from '../core/users/password-hasher.ts';
import type { UserDirectory } from '../core/users/user-directory.ts';
import { acceptAnyone } from '../stores/accept-anyone.ts';
import { argon2Passwords } from '../stores/argon2-passwords.ts';
import { batchedAudit } from '../stores/batched-audit.ts';
import { noUsers } from '../stores/no-users.ts';
import type { Stores } from '../stores/stores.ts';

/** What the rest of the service needs to authenticate resource owners. */
export interface Authentication {
  users: UserDirectory;
  hasher: PasswordHasher;
  throttle: LoginThrottle;
  signIn: SignIn;
  admit: Admit;
  /** Resolves when every sign-in so far is recorded. */
  flush(): Promise<void>;
}

/**
 * Builds the authentication that the settings ask for.
 *
 * @param clients all clients: no user may sign in under the id of a client
 */
export function userAuthentication(
  { settings, stopping, log }: ServiceDependencies<Settings>,
  stores: Stores,
  clients: ClientStore,
  throttle: LoginThrottle,
  overrides: { users?: UserDirectory },
): Authentication {
  const hasher = argon2Passwords({
    memoryKiB: settings.ARGON2_MEMORY_KIB,
    passes: settings.ARGON2_PASSES,
    parallelism: settings.ARGON2_PARALLELISM,
  });
  const rehashFailed = (err: unknown) =>
    log.warn({ event: 'password.not_rehashed', err }, 'a password could not be rehashed');
  const directories: Record<Settings['USER_DIRECTORY'], UserDirectory> = {
    'accept-anyone': acceptAnyone,
    database: databaseDirectory({ store: stores.users, hasher, throttle, rehashFailed }),
    none: noUsers,
  };
  const users = overrides.users ?? directories[settings.USER_DIRECTORY];
  const signIn = signInWith(users, clients);
  const rest = { users, hasher, throttle, admit: admitWith(users, clients) };
  // Where anyone may sign in, a record of who did is worth nothing.
  if (settings.USER_DIRECTORY === 'accept-anyone') return { ...rest, signIn, flush: async () => {} };

  const failed = (err: unknown) =>
    log.warn({ event: 'audit.delayed', err }, 'sign-ins cannot be recorded now');
  const signIns = batchedAudit(stores.audit, stopping, { failed });
  return { ...rest, signIn: auditedSignIn(signIn, signIns.record, signInRequest), flush: signIns.flush };
}

/** The request and the client that the record of a sign-in names. */
function signInRequest() {
  const facts = requestFacts();
  return { requestId: facts?.requestId, client: facts?.clientId };
}
