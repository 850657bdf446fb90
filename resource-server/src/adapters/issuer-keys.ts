/** The issuer's public keys (RFC 7517), fetched when they are first needed and kept. */
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import type { Upstream } from 'shared/upstream/upstream.ts';
import { z } from 'zod';

/** How long keys are kept while no unknown key turns up, in milliseconds. */
const MAX_AGE_MS = 600_000;

/** The least time between two fetches because of unknown keys, in milliseconds. */
const REFETCH_INTERVAL_MS = 30_000;

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/**
 * Finds the key that a JWT's header names. When the key is unknown, the keys are fetched again, since the issuer may
 * have new ones. It rejects with an `UpstreamFault` when the keys cannot be fetched.
 */
export function issuerKeys(authServer: Upstream, jwksUri: string): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(jwksUri), {
    cacheMaxAge: MAX_AGE_MS,
    cooldownDuration: REFETCH_INTERVAL_MS,
    [customFetch]: fetchKeys,
  });

  /** Checks the whole answer itself, since the library's errors do not tell an outage from a bad key. */
  async function fetchKeys(url: string): Promise<Response> {
    const answer = await authServer.send({
      url,
      repeatable: true,
      headers: { accept: 'application/jwk-set+json, application/json' },
    });
    if (answer.status !== 200)
      throw authServer.invalidResponse(`answered ${answer.status} instead of its keys`);
    return Response.json(authServer.parse(keySet, answer));
  }
}
