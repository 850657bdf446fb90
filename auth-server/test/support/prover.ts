/** A client with a key of its own, which makes DPoP proofs (RFC 9449 §4.2). */
import { hash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';

/** The hash of an access token that a proof for its use holds (RFC 9449 §4.2). */
export const ath = (accessToken: string) => hash('sha256', accessToken, 'base64url');

/** A key of its own, and proofs of it. */
export async function makeProver() {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  return {
    jkt: await calculateJwkThumbprint(jwk),
    prove: (htu: string, htm = 'POST', claims = {}) =>
      new SignJWT({ htu, htm, jti: randomUUID(), iat: Math.floor(Date.now() / 1000), ...claims })
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
        .sign(privateKey),
  };
}
