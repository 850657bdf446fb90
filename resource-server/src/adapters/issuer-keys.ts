/** The issuer's public keys (RFC 7517), fetched when they are first needed and kept. */
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import type { Upstream } from 'shared/upstream/upstream.ts';
import { z } from 'zod';

/** How long keys are kept for no other reason than that nothing unknown turned up, in milliseconds. */
const MAX_AGE_MS = 600_000;

/** The least time between two fetches that unknown keys cause, in milliseconds. */
const REFETCH_INTERVAL_MS = 30_000;

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/**
 * Finds the key of a JWT's header; when it is unknown, the issuer may have new keys, so they are fetched again.
 * It rejects with an `UpstreamFault` when the keys cannot be had.
 */
export function issuerKeys(authServer: Upstream, jwksUri: string): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(jwksUri), {
    cacheMaxAge: MAX_AGE_MS,
    cooldownDuration: REFETCH_INTERVAL_MS,
    [customFetch]: fetchKeys,
  });

  /** All that can be wrong with an answer is found here, since the errors of the library do not tell an outage. */
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
