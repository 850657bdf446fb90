/** Keys and proofs for tests of DPoP (RFC 9449). */
import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

/** A client's key pair, with the thumbprint that tokens are bound to. */
export async function keyOf(alg = 'ES256') {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return {
    alg,
    privateKey,
    jwk,
    privateJwk: await exportJWK(privateKey),
    jkt: await calculateJwkThumbprint(jwk),
  };
}

export type Key = Awaited<ReturnType<typeof keyOf>>;

/** The hash by which a proof names its token. */
export function athOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** A proof of now with an id of its own; the given claims and header parameters are added, or replace those. */
export function signedProof(
  key: Key,
  claims: JWTPayload,
  header: Record<string, unknown> = {},
): Promise<string> {
  const own = { jti: crypto.randomUUID(), iat: Math.floor(Date.now() / 1000) };
  return new SignJWT({ ...own, ...claims })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: key.alg, jwk: key.jwk, ...header })
    .sign(key.privateKey);
}
