/** Tokens for the APIs behind the proxies, from the real issuer. */
import { type Key, signedProof } from 'shared/test/dpop.ts';
import { accessToken, revokeToken } from '../../e2e/issuer-calls.ts';

/** The clients in deploy/forward-auth/clients.json. */
const app = { id: 'orders-app', secret: 'only-for-trying-out' };
const job = { id: 'orders-job', secret: 'only-for-trying-out' };

/** The identifier of an API that calls those behind the proxies, and its clients. */
export const SHOP = 'https://shop.example';
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const shop = { id: 'shop', secret: 'only-for-the-test' };
const shopApi = { id: 'shop-api', secret: 'only-for-the-test' };
const client = ({ id, secret }: typeof shop, grant: string, scope: string) => ({
  client_id: id,
  client_secret: secret,
  first_party: true,
  grant_types: [grant],
  redirect_uris: [],
  response_types: [],
  scope,
});
export const shopClients = [
  client(shop, 'password', 'shop orders:read'),
  client(shopApi, TOKEN_EXCHANGE, 'orders:read'),
];

/** A token by which the API of the shop acts for alice at an API behind a proxy (RFC 8693). */
export async function delegatedToken(issuer: string, resource: string): Promise<string> {
  const form = { grant_type: 'password', username: 'alice', password: 'wonderland', scope: 'shop' };
  return accessToken(issuer, shopApi, {
    grant_type: TOKEN_EXCHANGE,
    subject_token: await accessToken(issuer, shop, form),
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    resource,
    scope: 'orders:read',
  });
}

/** A token of alice. */
export function userToken(issuer: string, resource: string, scope: string): Promise<string> {
  const form = { grant_type: 'password', username: 'alice', password: 'wonderland', resource, scope };
  return accessToken(issuer, app, form);
}

/** A token that a client has for itself; bound to a key where there is one (RFC 9449). */
export async function clientToken(issuer: string, resource: string, key?: Key): Promise<string> {
  const form = { grant_type: 'client_credentials', resource, scope: 'orders:read' };
  if (key === undefined) return accessToken(issuer, job, form);
  const dpop = await signedProof(key, { htm: 'POST', htu: `${issuer}/token` });
  return accessToken(issuer, job, form, { dpop });
}

/** Revokes a token of {@link userToken}. */
export function revoke(issuer: string, token: string): Promise<void> {
  return revokeToken(issuer, app, token);
}
