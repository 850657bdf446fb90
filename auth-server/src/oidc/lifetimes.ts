/** The lifetimes of tokens, codes, sessions and grants, in seconds. */
import type { Configuration } from 'oidc-provider';
import { UNPROVEN } from '../core/sign-in/interactions.ts';

const MINUTE = 60;
/** A day, in seconds. */
export const DAY = 24 * 60 * MINUTE;

/** How long an access token for an API lives, in seconds. */
export const ACCESS_TOKEN_TTL = 5;

/** How long a refresh token lives from its last use, in seconds. */
export const REFRESH_TOKEN_TTL = 14 * DAY;

/** The lifetimes of access tokens in seconds, by the identifier of their API (RFC 8707). */
export type AccessTokenLifetimes = ReadonlyMap<string, number>;

/** The lifetimes for the API and, where there is one, for the admin API. */
export function accessTokenLifetimes(
  resource: string,
  adminResource: string | undefined,
): AccessTokenLifetimes {
  const resources = adminResource === undefined ? [resource] : [resource, adminResource];
  return new Map(resources.map((each) => [each, ACCESS_TOKEN_TTL]));
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
  // A first-party client gets a new grant whenever it has none.
  Grant: (ctx) => (ctx?.oidc.client?.first_party === true ? 10 * MINUTE : 90 * DAY),
};
