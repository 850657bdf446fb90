/** Which public keys may verify what an issuer of workloads signs. */
import { createPublicKey, type JsonWebKey } from 'node:crypto';

/** How many keys an identity may have. */
export const MAX_KEYS = 20;

/** The least modulus of an RSA key, in bits (RFC 7518 §3.3). */
const RSA_BITS = 2_048;

/** What is wrong with a key of a registration, as the end of a sentence about it; undefined when nothing is. */
export function publicKeyFault(jwk: Record<string, unknown>): string | undefined {
  // Whoever knows the key by which a signature is checked must not be able to make one.
  if (jwk.kty === 'oct' || 'k' in jwk) return 'must be a public key, and not a shared secret';
  if ('d' in jwk) return 'must be a public key: this one is private, so replace it';
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPublicKey({
      key: jwk as JsonWebKey,
      format: 'jwk',
    });
    const isUsable =
      asymmetricKeyType === 'rsa'
        ? (asymmetricKeyDetails?.modulusLength ?? 0) >= RSA_BITS
        : asymmetricKeyType === 'ed25519' || jwk.crv === 'P-256';
    return isUsable ? undefined : `must be RSA of ${RSA_BITS} bits or more, P-256 or Ed25519`;
  } catch {
    return 'is not a key';
  }
}
