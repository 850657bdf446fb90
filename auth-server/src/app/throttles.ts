/** The throttles of passwords, client secrets, registration tokens, user codes and registrations, which outlive every provider. */
import { hkdfSync, randomBytes } from 'node:crypto';
import type { Settings } from '../config.ts';
import { type LoginThrottle, throttleLogins } from '../core/throttle/login-throttle.ts';
import { type RegistrationThrottle, throttleRegistrations } from '../core/throttle/registration-throttle.ts';
import { type SecretThrottle, throttleSecrets } from '../core/throttle/secret-throttle.ts';
import { throttleUserCodes, type UserCodeThrottle } from '../core/throttle/user-code-throttle.ts';
import type { Stores } from '../stores/stores.ts';

export interface Throttles {
  passwords: LoginThrottle;
  clientSecrets: SecretThrottle;
  /** The initial access token, and the registration access tokens. */
  registrationTokens: SecretThrottle;
  userCodes: UserCodeThrottle;
  /** Clients that strangers register. */
  registrations: RegistrationThrottle;
}

export function openThrottles(settings: Settings, { attempts }: Stores): Throttles {
  const secret = keyOfCounts(settings.SEALING_KEYS?.[0]);
  return {
    passwords: throttleLogins(attempts, secret),
    clientSecrets: throttleSecrets(attempts, secret, 'client secret'),
    registrationTokens: throttleSecrets(attempts, secret, 'registration token'),
    userCodes: throttleUserCodes(attempts, secret),
    registrations: throttleRegistrations(attempts, secret),
  };
}

/**
 * The key with which names and addresses are hashed before they are counted, derived from one that all replicas share. Without
 * that it is random, since the counts are in memory then.
 */
function keyOfCounts(shared: Uint8Array | undefined): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', shared ?? randomBytes(32), '', 'guess throttle', 32));
}
