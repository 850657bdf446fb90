/** The issuer's public keys (RFC 7517), fetched when they are first needed and kept. */
import { createLocalJWKSet, errors, type JWTVerifyGetKey, type LocalJWKSet } from 'jose';
import type { Upstream } from 'shared/upstream/upstream.ts';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';

/** How long keys are kept for no other reason than that nothing unknown turned up, in milliseconds. */
const MAX_AGE_MS = 600_000;

/** The least time between two fetches that unknown keys cause, in milliseconds. */
const REFETCH_INTERVAL_MS = 30_000;

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/** Finds the key of a JWT's header; when it is unknown, the issuer may have new keys, so they are fetched again. */
export function issuerKeys(authServer: Upstream, jwksUri: string, clock: Clock): JWTVerifyGetKey {
  let kept: { keys: LocalJWKSet; since: number } | undefined;
  let fetching: Promise<LocalJWKSet> | undefined;

  return async function issuerKey(header, token) {
    const keys = kept && age(kept) < MAX_AGE_MS ? kept.keys : await sharedFetch();
    try {
      return await keys(header, token);
    } catch (error) {
      const rotated = error instanceof errors.JWKSNoMatchingKey;
      if (!rotated || (kept && age(kept) < REFETCH_INTERVAL_MS)) throw error;
      return (await sharedFetch())(header, token);
    }
  };

  function age({ since }: { since: number }): number {
    return Math.abs(clock() - since);
  }

  function sharedFetch(): Promise<LocalJWKSet> {
    fetching ??= fetchKeys().finally(() => {
      fetching = undefined;
    });
    return fetching;
  }

  async function fetchKeys(): Promise<LocalJWKSet> {
    const answer = await authServer.send({
      url: jwksUri,
      repeatable: true,
      headers: { accept: 'application/jwk-set+json, application/json' },
    });
    if (answer.status !== 200)
      throw authServer.invalidResponse(`answered ${answer.status} instead of its keys`);
    const keys = createLocalJWKSet(authServer.parse(keySet, answer));
    kept = { keys, since: clock() };
    return keys;
  }
}
