/** How long things live, in seconds. */
import type { Configuration } from 'oidc-provider';
import { ACCESS_TOKEN_TTL } from './jwt-access-tokens.ts';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

export const ttl: Configuration['ttl'] = {
  // One without an API is for the userinfo endpoint only.
  AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? 5 * MINUTE,
  ClientCredentials: ACCESS_TOKEN_TTL,
  AuthorizationCode: MINUTE,
  DeviceCode: 10 * MINUTE,
  IdToken: 5 * MINUTE,
  Interaction: 10 * MINUTE,
  Session: DAY,
  RefreshToken: 14 * DAY,
  Grant: 90 * DAY,
};
