/** The login and client throttles, which outlive every provider. */
import type { Settings } from '../config.ts';
import { type LoginThrottle, throttleLogins } from '../core/throttle/login-throttle.ts';
import { type SecretThrottle, throttleSecrets } from '../core/throttle/secret-throttle.ts';
import { throttleUserCodes, type UserCodeThrottle } from '../core/throttle/user-code-throttle.ts';
import type { Stores } from '../stores/stores.ts';
import { throttleSecret } from '../stores/throttle-secret.ts';

export interface Throttles {
  passwords: LoginThrottle;
  clientSecrets: SecretThrottle;
  /** The initial access token, and the registration access tokens. */
  registrationTokens: SecretThrottle;
  userCodes: UserCodeThrottle;
}

export function openThrottles(settings: Settings, { attempts }: Stores): Throttles {
  const secret = throttleSecret(settings.SEALING_KEYS?.[0]);
  return {
    passwords: throttleLogins(attempts, secret),
    clientSecrets: throttleSecrets(attempts, secret, 'client secret'),
    registrationTokens: throttleSecrets(attempts, secret, 'registration token'),
    userCodes: throttleUserCodes(attempts, secret),
  };
}
