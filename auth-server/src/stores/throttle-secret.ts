/** What the names of those who guess are hashed with. */
import { hkdfSync, randomBytes } from 'node:crypto';

/** From a key that all replicas have; without one, of this process, as its counts are. */
export function throttleSecret(shared: Uint8Array | undefined): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', shared ?? randomBytes(32), '', 'guess throttle', 32));
}
