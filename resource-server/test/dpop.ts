/** Keys, proofs and requests for tests of DPoP (RFC 9449). */
import { createHash } from 'node:crypto';
import type { RememberProof } from 'guard';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import type { Clock } from '../src/core/time.ts';
import { RESOURCE, startWithToken, tokenOf } from './resource-server.ts';

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

/** A good proof for `GET /current_time` with `a-token`; the given claims and header parameters replace its own. */
export function proofBy(
  key: Key,
  claims: JWTPayload = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  const good = {
    jti: crypto.randomUUID(),
    htm: 'GET',
    htu: `${RESOURCE}/current_time`,
    iat: Math.floor(Date.now() / 1000),
    ath: athOf('a-token'),
  };
  return new SignJWT({ ...good, ...claims })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: key.alg, jwk: key.jwk as JWK, ...header })
    .sign(key.privateKey);
}

/** Starts a resource server for which every token is bound to the key. */
export async function startWithBoundToken(
  { jkt }: Key,
  facts: Parameters<typeof tokenOf>[0] = {},
  ports: { clock?: Clock; rememberProof?: RememberProof } = {},
) {
  const server = await startWithToken(tokenOf({ cnf: { jkt }, ...facts }), ports);
  return {
    ...server,
    getWithProof: (proof: string, path = '/current_time', scheme = 'DPoP') =>
      server.get(path, { authorization: `${scheme} a-token`, dpop: proof }),
  };
}
