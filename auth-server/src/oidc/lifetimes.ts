/** How long things live, in seconds. */
import type { Configuration } from 'oidc-provider';
import { UNPROVEN } from '../core/sign-in/interactions.ts';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/** How long an access token lives unless its API says otherwise. */
export const ACCESS_TOKEN_TTL = 5;

/** How long access tokens live, by the identifier of the API that they are for (RFC 8707). */
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
  // One without an API is for the userinfo endpoint only.
  AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? 5 * MINUTE,
  ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? ACCESS_TOKEN_TTL,
  AuthorizationCode: MINUTE,
  DeviceCode: 10 * MINUTE,
  IdToken: 5 * MINUTE,
  Interaction: 10 * MINUTE,
  // One that nobody has signed in to, or nobody who proved it, only carries a flow from page to page.
  Session: (_ctx, { accountId, amr }) =>
    accountId === undefined || amr?.includes(UNPROVEN) ? 10 * MINUTE : DAY,
  RefreshToken: 14 * DAY,
  // A first-party client's is made anew whenever there is none.
  Grant: (ctx) => (ctx?.oidc.client?.first_party === true ? 10 * MINUTE : 90 * DAY),
};
