/** Hands each of the library's models to the store that keeps it. */
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';
import type { ArtifactStore } from '../core/artifact-store.ts';
import type { ClientStore } from '../core/clients.ts';
import type { JwtAccessTokens, TokenModel } from './jwt-access-tokens.ts';
import { markedJwt } from './structured-tokens.ts';

export interface Stores {
  clients: ClientStore;
  artifacts: ArtifactStore;
  jwts: JwtAccessTokens;
}

/** The library's adapter factory: clients, tokens that may be JWTs, and everything else. */
export function adapterFactory({ clients, artifacts, jwts }: Stores): AdapterFactory {
  return (model) => {
    switch (model) {
      case 'Client':
        return {
          ...stored(model, artifacts),
          find: (id) => clients.find(id) as Promise<AdapterPayload | undefined>,
        };
      case 'AccessToken':
      case 'ClientCredentials':
        return tokens(model, artifacts, jwts);
      default:
        return stored(model, artifacts);
    }
  };
}

function stored(model: string, artifacts: ArtifactStore): Adapter {
  return {
    upsert: (id, payload, expiresIn) => artifacts.upsert(model, id, payload, expiresIn),
    find: (id) => artifacts.find(model, id) as Promise<AdapterPayload | undefined>,
    findByUid: (uid) => artifacts.findByUid(model, uid) as Promise<AdapterPayload | undefined>,
    findByUserCode: (code) => artifacts.findByUserCode(model, code) as Promise<AdapterPayload | undefined>,
    consume: (id) => artifacts.consume(model, id),
    destroy: (id) => artifacts.destroy(model, id),
    revokeByGrantId: (grantId) => artifacts.revokeByGrantId(model, grantId),
  };
}

function tokens(model: TokenModel, artifacts: ArtifactStore, jwts: JwtAccessTokens): Adapter {
  const opaque = stored(model, artifacts);
  return {
    ...opaque,
    find(token) {
      const jwt = markedJwt(token);
      return jwt === undefined ? opaque.find(token) : jwts.find(model, jwt);
    },
    async destroy(jti) {
      await jwts.revoke(jti);
      await opaque.destroy(jti);
    },
  };
}
