/** Which clients get a refresh token (RFC 6749 §1.5), whether it outlives the session, and what becomes of it at its use. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { claimedBy } from '../../core/clients/claimed-client.ts';
import type { IsSelfRegistered } from '../../core/clients/client-registration.ts';
import { DAY, REFRESH_TOKEN_TTL } from '../lifetimes.ts';
import { onceIssued } from './used-when-issued.ts';

type Client = NonNullable<KoaContextWithOIDC['oidc']['client']>;

/** The scope for access while the user is away (OpenID Connect Core §11). */
export const OFFLINE_ACCESS = 'offline_access';

/** How the refresh tokens of clients are renewed. */
export interface RefreshTokenRules {
  /** Whose refresh tokens are replaced at each use (RFC 9700 §4.14.2): those of public clients, or of all. */
  rotation: 'public' | 'all';
  /** How long a refresh token that was replaced may still be used, in seconds: clients refresh in parallel. */
  overlap: number;
}

/** Whether a client gets access that outlives the session, in which a code or a grant was made. */
export type IsForLonger = (client: Client, source: Source, allowed: string | undefined) => Promise<boolean>;

interface Source {
  scopes: Set<string>;
}

/**
 * A client asks for such access by `offline_access`, or the operator has registered that it always gets it. Nobody can register
 * that for clients that register themselves, and most of those ask for the scopes of an API alone: they say by the grant
 * `refresh_token` that they want it, and their users are told on the consent page.
 *
 * @returns a function of which `allowed` has the scopes of OpenID Connect that the user has allowed, separated by spaces
 */
export function longerAccess(isSelfRegistered: IsSelfRegistered): IsForLonger {
  return async function isForLonger(client, { scopes }, allowed) {
    if (scopes.has(OFFLINE_ACCESS) || client.always_issue_refresh_token === true) return true;
    const isAllowed = allowed?.split(' ').includes(OFFLINE_ACCESS) === true;
    return isAllowed && (await wantsItUnasked(client, isSelfRegistered));
  };
}

/** Whether a client gets such access without asking for it, so that its user has to be told. */
export async function wantsItUnasked(client: Client, isSelfRegistered: IsSelfRegistered): Promise<boolean> {
  return (
    client.grantTypeAllowed('refresh_token') &&
    client.first_party !== true &&
    (claimedBy(client) !== undefined || (await isSelfRegistered(client.clientId)))
  );
}

/** The library's setting: a third-party client with the grant gets a refresh token if it gets access that outlives the session. */
export function refreshTokenIssuer(isForLonger: IsForLonger) {
  return async function issueRefreshToken(
    { oidc }: KoaContextWithOIDC,
    client: Client,
    source: Source,
  ): Promise<boolean> {
    if (!client.grantTypeAllowed('refresh_token') || client.first_party === true) return false;
    return isForLonger(client, source, oidc.entities.Grant?.openid?.scope);
  };
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
