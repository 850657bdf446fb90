/** The limits on guesses, which outlive every provider. */
import type { Settings } from '../config.ts';
import { limitSecretGuesses, type SecretGuesses } from '../core/guesses/secret-guesses.ts';
import { limitUserCodes, type UserCodeGuesses } from '../core/guesses/user-code-guesses.ts';
import { limitLogins } from '../core/sign-in/login-limits.ts';
import type { LoginThrottle } from '../core/sign-in/login-throttle.ts';
import type { Stores } from '../stores/stores.ts';
import { throttleSecret } from '../stores/throttle-secret.ts';

export interface GuessLimits {
  passwords: LoginThrottle;
  clientSecrets: SecretGuesses;
  /** The initial access token, and the registration access tokens. */
  registrationTokens: SecretGuesses;
  userCodes: UserCodeGuesses;
}

export function guessLimits(settings: Settings, { attempts }: Stores): GuessLimits {
  const secret = throttleSecret(settings.SEALING_KEYS?.[0]);
  return {
    passwords: limitLogins(attempts, secret),
    clientSecrets: limitSecretGuesses(attempts, secret, 'client secret'),
    registrationTokens: limitSecretGuesses(attempts, secret, 'registration token'),
    userCodes: limitUserCodes(attempts, secret),
  };
}
