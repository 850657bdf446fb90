/** Opaque access tokens: they are stored, and their id is the token itself. */
import { hash } from 'node:crypto';
import { type Adapter, type AdapterPayload, Provider } from 'oidc-provider';
import type { Apis } from '../../core/apis/apis.ts';
import { standing } from '../../core/apis/standing-tokens.ts';
import type { KnownClients } from '../../core/clients/client-registration.ts';
import type { OriginStands } from '../../core/exchange/origin-stands.ts';
import { grantedScope } from './granted-scope.ts';

/** What decides whether a stored token still counts. */
interface OpaqueDependencies {
  apis: Apis;
  clients: KnownClients;
  /** Whether what an exchanged token came from is still in force. */
  originStands: OriginStands;
}

/** The adapter of opaque tokens over the one that stores them. */
export function opaqueAccessTokens(
  adapter: Adapter,
  { apis, clients, originStands }: OpaqueDependencies,
): Adapter {
  return {
    ...adapter,
    async upsert(id, payload, expiresIn) {
      const { ctx } = Provider;
      const token = ctx?.oidc.entities.AccessToken;
      if (ctx === undefined || token?.jti !== id || payload.aud === undefined) {
        return adapter.upsert(id, payload, expiresIn);
      }
      // What the token response says is what is stored.
      token.scope = grantedScope(ctx, token);
      await adapter.upsert(id, { ...payload, scope: token.scope }, expiresIn);
    },
    async find(id) {
      const token = await adapter.find(id);
      return token !== undefined && (await stands(token)) ? token : undefined;
    },
  };

  /** Whether the API of a token still has all of its scopes, its client is still registered, and what it came from stands. */
  async function stands({
    aud,
    iat = 0,
    scope,
    clientId,
    accountId,
    extra,
  }: AdapterPayload): Promise<boolean> {
    // Without an audience it is for userinfo only, where the library looks the client up.
    if (aud === undefined) return true;
    const api = apis.find(String(aud));
    if (api === undefined || api.resource !== aud || !standing({ iat, scope }, api)) return false;
    if (!(await clients.has(String(clientId)))) return false;
    return originStands({ ...extra, sub: String(accountId), iat });
  }
}

/** The name by which the revocation of an opaque token is remembered, for the tokens that it was exchanged for: never the token itself. */
export function revocationName(token: string): string {
  return hash('sha256', token, 'base64url');
}

/** Whether this is the id of the opaque token that the request under way has sent, and not that of a JWT. */
export function isOpaqueTokenSent(id: string): boolean {
  return Provider.ctx?.oidc.params?.token === id;
}
