/** Tokens for the APIs behind the proxies, from the real issuer. */
import { type Key, signedProof } from 'shared/test/dpop.ts';
import { accessToken, revokeToken } from '../../e2e/issuer-calls.ts';

/** The clients in deploy/forward-auth/clients.json. */
const app = { id: 'orders-app', secret: 'only-for-trying-out' };
const job = { id: 'orders-job', secret: 'only-for-trying-out' };

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
