/** The keys of counts of attempts. */
import { createHmac } from 'node:crypto';

/**
 * Makes the key of a count from what it counts, such as a name and an address, which nobody can find out from the key.
 *
 * @param secret what the parts are hashed with, since what people type in place of a name may be their password.
 * Replicas that share counts share it.
 */
export function countKeys(secret: Uint8Array) {
  return (...parts: string[]) =>
    createHmac('sha256', secret).update(JSON.stringify(parts)).digest('base64url');
}
