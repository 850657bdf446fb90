/** The issuer's public keys (RFC 7517), fetched when they are first needed and kept, and the algorithms it may sign by. */
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';

/** The algorithms by which an issuer may sign: all asymmetric, so that nobody else can sign what it signs. */
export const SIGNING_ALGS = 'ES256 ES384 ES512 RS256 RS384 RS512 PS256 PS384 PS512 EdDSA Ed25519'.split(' ');

/** How long keys are kept while no unknown key turns up, in milliseconds. */
const MAX_AGE_MS = 600_000;

/** The least time between two fetches because of unknown keys, in milliseconds. */
const REFETCH_INTERVAL_MS = 30_000;

/** A JSON Web Key Set (RFC 7517 §5). One without keys is an issuer that cannot have signed anything. */
export const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

/** Fetches a key set, and rejects with an outage when there is none that can be used. */
export type FetchKeys = (url: string) => Promise<z.output<typeof keySet>>;

/**
 * Finds the key that a JWT's header names. When the key is unknown, the keys are fetched again, since the issuer may
 * have new ones. It rejects with the outage of `fetchKeys` when the keys cannot be fetched.
 */
export function issuerKeys(fetchKeys: FetchKeys, jwksUri: string): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(jwksUri), {
    cacheMaxAge: MAX_AGE_MS,
    cooldownDuration: REFETCH_INTERVAL_MS,
    // The library's own errors do not tell an outage from a bad key.
    [customFetch]: async (url) => Response.json(await fetchKeys(url)),
  });
}
