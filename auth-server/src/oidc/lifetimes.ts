/** How long things live, in seconds. */
import type { Configuration } from 'oidc-provider';
import { UNPROVEN } from '../core/sign-in/interactions.ts';
import { ACCESS_TOKEN_TTL } from './tokens/jwt-access-tokens.ts';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/** The library's setting: a lifetime for each of its models, in seconds. */
export const ttl: Configuration['ttl'] = {
  // One without an API is for the userinfo endpoint only.
  AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? 5 * MINUTE,
  ClientCredentials: ACCESS_TOKEN_TTL,
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
