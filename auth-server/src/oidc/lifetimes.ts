/** The lifetimes of tokens, codes, sessions and grants, in seconds. */
import type { Configuration } from 'oidc-provider';
import { ACCESS_TOKEN_TTL } from '../core/apis/api.ts';
import { UNPROVEN } from '../core/sign-in/interactions.ts';

const MINUTE = 60;
/** A day, in seconds. */
export const DAY = 24 * 60 * MINUTE;

/** How long a refresh token lives from its last use, in seconds. */
export const REFRESH_TOKEN_TTL = 14 * DAY;

/** How long what a user has allowed a client is remembered, in seconds. */
export const CONSENT_TTL = 90 * DAY;

/**
 * How long a session's grant to a client lives unless it is used again, in seconds: longer than a code and the tokens that are
 * got for it. A client gets a new one whenever its session has none.
 */
export function sessionGrantTtl(isFirstParty: boolean): number {
  return isFirstParty ? 10 * MINUTE : 60 * MINUTE;
}

/** The library's setting: a lifetime for each of its models, in seconds. */
export const ttl: Configuration['ttl'] = {
  // A token without an API is for the userinfo endpoint only.
  AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? 5 * MINUTE,
  ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? ACCESS_TOKEN_TTL,
  AuthorizationCode: MINUTE,
  DeviceCode: 10 * MINUTE,
  IdToken: 5 * MINUTE,
  Interaction: 10 * MINUTE,
  // Before a user has proved who they are, a session only carries a flow from page to page.
  Session: (_ctx, { accountId, amr }) =>
    accountId === undefined || amr?.includes(UNPROVEN) ? 10 * MINUTE : DAY,
  RefreshToken: REFRESH_TOKEN_TTL,
};
