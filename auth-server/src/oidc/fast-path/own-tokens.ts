/** The tokens of the last seconds that are known to be our own, so that a signature is checked once at most. */
import { hash } from 'node:crypto';
import type { Provider } from 'oidc-provider';
import type { OwnTokens } from '../tokens/jwt-access-tokens.ts';

/** The most that is kept of one lifetime; what is over has its signature checked. */
const MAX_TOKENS = 20_000;

/**
 * Remembers tokens for one to two lifetimes, by their hashes: tokens are not stored. Only that they are genuine:
 * whether one has expired or was revoked is asked at each use.
 *
 * @param lifetime of a token, in seconds
 */
export function ownTokens(lifetime: number, clock: () => number = Date.now): OwnTokens {
  let current = new Set<string>();
  let previous = new Set<string>();
  let began = clock();

  return {
    add(jwt) {
      turn();
      if (current.size < MAX_TOKENS) current.add(digest(jwt));
    },
    has(jwt) {
      turn();
      const known = digest(jwt);
      return current.has(known) || previous.has(known);
    },
  };

  function turn(): void {
    const age = clock() - began;
    if (age < lifetime * 1000) return;
    previous = age < lifetime * 2000 ? current : new Set();
    current = new Set();
    began = clock();
  }
}

/** Adds each token that a provider issues. */
export function rememberIssued(provider: Provider, own: OwnTokens): void {
  provider.on('grant.success', ({ body }) => own.add((body as { access_token: string }).access_token));
}

function digest(jwt: string): string {
  return hash('sha256', jwt, 'base64url');
}
