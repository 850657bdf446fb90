/** Remembers which tokens of the last seconds are our own, so that a signature is checked at most once. */
import { hash } from 'node:crypto';
import type { Provider } from 'oidc-provider';
import { ExpiringMap } from 'shared/core/expiring-map.ts';
import type { OwnTokens } from '../tokens/jwt-access-tokens.ts';
import { isJws } from '../tokens/structured-tokens.ts';

/** How many tokens are remembered. The signatures of further tokens are checked. */
const MAX_TOKENS = 20_000;

/**
 * Remembers for a lifetime that a token is genuine, by the hash of the token; tokens are not stored. Whether a token has
 * expired or was revoked is still checked at each use.
 *
 * @param lifetime the lifetime of a token, in seconds
 */
export function ownTokens(lifetime: number, clock: () => number = Date.now): OwnTokens {
  const genuine = new ExpiringMap<true>({ max: MAX_TOKENS, whenFull: 'refuse', clock });
  return {
    add: (jwt) => void genuine.set(digest(jwt), true, clock() + lifetime * 1_000),
    has: (jwt) => genuine.get(digest(jwt)) !== undefined,
  };
}

/** Adds each JWT that a provider issues. Opaque tokens have no signature to check. */
export function rememberIssued(provider: Provider, own: OwnTokens): void {
  provider.on('grant.success', ({ body }) => {
    const { access_token: token } = body as { access_token: string };
    if (isJws(token)) own.add(token);
  });
}

function digest(jwt: string): string {
  return hash('sha256', jwt, 'base64url');
}
