/** The keys of counts of guesses. */
import { createHmac } from 'node:crypto';

/**
 * Makes the key of what is counted from its parts. Nobody can find them out from it.
 *
 * @param secret what the parts are hashed with, since what people type in place of a name may be their password.
 * Replicas that share counts share it.
 */
export function countKeys(secret: Uint8Array) {
  return (...parts: string[]) =>
    createHmac('sha256', secret).update(JSON.stringify(parts)).digest('base64url');
}
