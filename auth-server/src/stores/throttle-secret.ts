/** The secret with which the login throttle hashes usernames and addresses. */
import { hkdfSync, randomBytes } from 'node:crypto';

/** Derives the secret from a key that all replicas share. Without one it is random, as the counts are in memory then. */
export function throttleSecret(shared: Uint8Array | undefined): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', shared ?? randomBytes(32), '', 'guess throttle', 32));
}
