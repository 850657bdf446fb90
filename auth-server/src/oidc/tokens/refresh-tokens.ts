/** Which clients get a refresh token (RFC 6749 §1.5), whether it outlives the session, and what becomes of it at its use. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { DAY, REFRESH_TOKEN_TTL } from '../lifetimes.ts';
import { onceIssued } from './used-when-issued.ts';

type Client = NonNullable<KoaContextWithOIDC['oidc']['client']>;

/** How the refresh tokens of clients are renewed. */
export interface RefreshTokenRules {
  /** Whose refresh tokens are replaced at each use (RFC 9700 §4.14.2): those of public clients, or of all. */
  rotation: 'public' | 'all';
  /** How long a refresh token that was replaced may still be used, in seconds: clients refresh in parallel. */
  overlap: number;
}

/** A third-party client with the grant gets one if it asked for `offline_access` or is registered to always get one. */
export async function issueRefreshToken(
  _ctx: KoaContextWithOIDC,
  client: Client,
  source: { scopes: Set<string> },
): Promise<boolean> {
  return (
    client.grantTypeAllowed('refresh_token') &&
    client.first_party !== true &&
    (source.scopes.has('offline_access') || client.always_issue_refresh_token === true)
  );
}

/** Access ends when the user signs out, unless the client gets refresh tokens for offline access. */
export function endsWithSession({ oidc }: KoaContextWithOIDC, source: { scopes: Set<string> }): boolean {
  return !source.scopes.has('offline_access') && oidc.client?.always_issue_refresh_token !== true;
}

/**
 * The library's setting that says whether a refresh token is replaced at this use. One that is not replaced lives on: its lifetime
 * begins again, so that it counts from the last use for both kinds.
 */
export function refreshTokenRotation(rotation: RefreshTokenRules['rotation']) {
  return function rotateRefreshToken({ oidc }: KoaContextWithOIDC): boolean {
    const { client, entities } = oidc;
    // Nobody but a confidential client can use its refresh tokens: it authenticates at each use.
    if (rotation === 'all' || client?.clientAuthMethod === 'none') return true;
    const token = entities.RefreshToken;
    // Once a day is enough, and spares clients that refresh at each call a write each time.
    if (token !== undefined && token.remainingTTL < REFRESH_TOKEN_TTL - DAY) {
      onceIssued(async () => {
        token.exp = Math.floor(Date.now() / 1_000) + REFRESH_TOKEN_TTL;
        await token.save();
      });
    }
    return false;
  };
}
