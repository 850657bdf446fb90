/** The keys that sign cookies. */
import { hkdfSync, randomBytes } from 'node:crypto';

/**
 * Derives the cookie keys from those that all replicas share. Without shared keys there is one random key for this
 * process, whose sessions end with it too.
 */
export function cookieKeys(shared: Uint8Array[] | undefined): string[] {
  const keys = shared ?? [randomBytes(32)];
  // HKDF (RFC 5869): a cookie's signature reveals nothing about the shared keys.
  return keys.map((key) => Buffer.from(hkdfSync('sha256', key, '', 'cookies', 32)).toString('base64url'));
}
