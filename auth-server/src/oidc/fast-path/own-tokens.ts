/** The tokens of the last seconds that are known to be our own, so that a signature is checked once at most. */
import { hash } from 'node:crypto';
import type { Provider } from 'oidc-provider';
import { ExpiringMap } from 'shared/core/expiring-map.ts';
import type { OwnTokens } from '../tokens/jwt-access-tokens.ts';

/** The most that are remembered; others have their signature checked. */
const MAX_TOKENS = 20_000;

/**
 * Remembers tokens for a lifetime, by their hashes: tokens are not stored. Only that they are genuine: whether one has
 * expired or was revoked is asked at each use.
 *
 * @param lifetime of a token, in seconds
 */
export function ownTokens(lifetime: number, clock: () => number = Date.now): OwnTokens {
  const genuine = new ExpiringMap<true>({ max: MAX_TOKENS, whenFull: 'refuse', clock });
  return {
    add: (jwt) => void genuine.set(digest(jwt), true, clock() + lifetime * 1_000),
    has: (jwt) => genuine.get(digest(jwt)) !== undefined,
  };
}

/** Adds each token that a provider issues. */
export function rememberIssued(provider: Provider, own: OwnTokens): void {
  provider.on('grant.success', ({ body }) => own.add((body as { access_token: string }).access_token));
}

function digest(jwt: string): string {
  return hash('sha256', jwt, 'base64url');
}
