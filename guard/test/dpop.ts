/** Keys and proofs for tests of DPoP (RFC 9449). */
import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { RESOURCE } from './protected.ts';

/** The algorithms of which a challenge tells clients. */
export const ALGS = 'ES256 RS256 PS256 EdDSA Ed25519';

/** A client's key pair, with the thumbprint that tokens are bound to. */
export async function keyOf(alg = 'ES256') {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return { alg, privateKey, jwk, jkt: await calculateJwkThumbprint(jwk) };
}

export type Key = Awaited<ReturnType<typeof keyOf>>;

/** A good proof for `GET /notes` with `a-token`; the given claims and header parameters replace its own. */
export function proofBy(
  key: Key,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
) {
  const good = {
    jti: crypto.randomUUID(),
    htm: 'GET',
    htu: `${RESOURCE}/notes`,
    iat: Math.floor(Date.now() / 1000),
    ath: athOf('a-token'),
  };
  return new SignJWT({ ...good, ...claims })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: key.alg, jwk: key.jwk, ...header })
    .sign(key.privateKey);
}

/** The hash by which a proof names its token. */
export function athOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
