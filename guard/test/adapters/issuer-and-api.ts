/** An Express API behind the guard, and an issuer of JWT access tokens that a test may break. */
import express from 'express';
import { createGuard, type GuardOptions } from 'guard';
import { protect } from 'guard/express';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { Unavailable } from 'shared/core/unavailable.ts';
import { serve } from 'shared/test/serve.ts';
import { expect } from 'vitest';

/** The identifier of the API under test. */
export const RESOURCE = 'https://orders.example';

/** Starts an API until the test is finished, whose one path answers with the caller. */
export async function startApi(issuer: string, tokens: GuardOptions['tokens'], clock = Date.now) {
  const outages: Unavailable[] = [];
  const onOutage = (outage: Unavailable) => void outages.push(outage);
  const guard = createGuard({ resource: RESOURCE, issuer, tokens, onOutage, clock });
  const app = express();
  app.get('/orders', protect(guard, { scope: 'orders:read' }), (request, response) => {
    response.json(request.caller);
  });
  const base = await serve(app);
  const get = (token: string, signal: AbortSignal | null = null) =>
    fetch(`${base}/orders`, { headers: { authorization: `Bearer ${token}` }, signal });
  return { get, outages };
}

/** Expects an outage with one of these statuses: no challenge, and nothing of its cause. */
export async function expectOutage(response: Response, statuses: number[]): Promise<void> {
  expect(statuses).toContain(response.status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('www-authenticate')).toBeNull();
  const { detail } = (await response.json()) as { detail: string };
  expect(detail).toMatch(/^The auth server [a-z ]+\.( Try again later\.)?$/);
}

/** A key of an issuer. */
export async function issuerKey(kid: string | undefined, alg = 'ES256') {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk: JWK = { ...(await exportJWK(publicKey)), ...(kid !== undefined && { kid }), alg, use: 'sig' };
  return { alg, kid, privateKey, jwk };
}

export type IssuerKey = Awaited<ReturnType<typeof issuerKey>>;

/** A good access token of alice's; the given claims and header parameters replace its own. */
export function accessToken(
  issuer: string,
  key: IssuerKey,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const good = {
    iss: issuer,
    aud: RESOURCE,
    sub: 'alice',
    client_id: 'shop',
    scope: 'orders:read',
    jti: crypto.randomUUID(),
    iat: now,
    exp: now + 300,
  };
  return new SignJWT({ ...good, ...claims })
    .setProtectedHeader({
      typ: 'at+jwt',
      alg: key.alg,
      ...(key.kid !== undefined && { kid: key.kid }),
      ...header,
    })
    .sign(key.privateKey, { crit: { urgent: true } });
}
