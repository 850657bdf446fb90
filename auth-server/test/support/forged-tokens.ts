/** Tokens of a forger who has one of our signing keys. */
import { randomUUID } from 'node:crypto';
import { importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import { webapp } from './auth-server.ts';
import { api } from './code-flow.ts';

/** An access token that looks like this issuer's own for the API, except for the replaced claims. */
export async function forgedToken(issuer: string, jwk: JWK, replaced: JWTPayload = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const claims = { iss: issuer, aud: api, sub: 'alice', client_id: webapp.id, scope: 'current_time' };
  return new SignJWT({ ...claims, jti: randomUUID(), iat: now, exp: now + 5, ...replaced })
    .setProtectedHeader({
      typ: 'at+jwt',
      alg: String(jwk.alg),
      ...(jwk.kid !== undefined && { kid: jwk.kid }),
    })
    .sign(await importJWK(jwk));
}
