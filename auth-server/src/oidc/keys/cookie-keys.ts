/** The keys that sign cookies. */
import { hkdfSync, randomBytes } from 'node:crypto';

/** From the keys that all replicas have; without such keys, one of this process, which its sessions do not outlive. */
export function cookieKeys(shared: Uint8Array[] | undefined): string[] {
  const keys = shared ?? [randomBytes(32)];
  // RFC 5869: what is signed with these tells nothing of the keys that they come from.
  return keys.map((key) => Buffer.from(hkdfSync('sha256', key, '', 'cookies', 32)).toString('base64url'));
}
