/** Fetches the issuer's public keys (RFC 7517) through the upstream of the auth server. */
import { type FetchKeys, keySet } from 'guard/adapters/issuer-keys.ts';
import type { Upstream } from 'shared/upstream/upstream.ts';

/** It rejects with an `UpstreamFault` when the keys cannot be fetched. */
export function keysFrom(authServer: Upstream): FetchKeys {
  return async function fetchKeys(url) {
    const answer = await authServer.send({
      url,
      repeatable: true,
      headers: { accept: 'application/jwk-set+json, application/json' },
    });
    if (answer.status !== 200)
      throw authServer.invalidResponse(`answered ${answer.status} instead of its keys`);
    return authServer.parse(keySet, answer);
  };
}
