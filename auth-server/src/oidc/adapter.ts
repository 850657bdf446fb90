/** Hands each of the library's models to the store that keeps it. */
import { type Adapter, type AdapterFactory, type AdapterPayload, errors } from 'oidc-provider';
import { type ArtifactStore, StoreFull } from '../core/artifact-store.ts';
import type { ClientStore } from '../core/clients.ts';
import type { JwtAccessTokens, TokenModel } from './jwt-access-tokens.ts';
import { markedJwt } from './structured-tokens.ts';

export interface Stores {
  clients: ClientStore;
  artifacts: ArtifactStore;
  jwts: JwtAccessTokens;
}

/** The library's adapter factory: tokens, which may be JWTs, and everything else. */
export function adapterFactory({ clients, artifacts, jwts }: Stores): AdapterFactory {
  return (model) =>
    model === 'AccessToken' || model === 'ClientCredentials'
      ? tokens(model, artifacts, jwts, clients)
      : stored(model, artifacts);
}

function stored(model: string, artifacts: ArtifactStore): Adapter {
  return {
    async upsert(id, payload, expiresIn) {
      try {
        await artifacts.upsert(model, id, payload, expiresIn);
      } catch (error) {
        throw error instanceof StoreFull ? outage(error) : error;
      }
    },
    find: (id) => artifacts.find(model, id) as Promise<AdapterPayload | undefined>,
    findByUid: (uid) => artifacts.findByUid(model, uid) as Promise<AdapterPayload | undefined>,
    findByUserCode: (code) => artifacts.findByUserCode(model, code) as Promise<AdapterPayload | undefined>,
    async consume(id) {
      // The library looks before it consumes, and others may have come in between.
      if (await artifacts.consume(model, id)) return;
      // Used twice at once is used twice: what came of it ends, as it does when the library sees it (RFC 6749 §4.1.2).
      const grantId = (await artifacts.find(model, id))?.grantId;
      if (grantId !== undefined) await artifacts.destroy('Grant', grantId);
      throw new errors.InvalidGrant('already consumed');
    },
    destroy: (id) => artifacts.destroy(model, id),
    revokeByGrantId: (grantId) => artifacts.revokeByGrantId(model, grantId),
  };
}

/** The library's error for an outage, as a status that says so: its own would blame the client. */
function outage(cause: Error): errors.TemporarilyUnavailable {
  const error = new errors.TemporarilyUnavailable('try again later', { cause });
  return Object.assign(error, { status: 503, statusCode: 503 });
}

function tokens(
  model: TokenModel,
  artifacts: ArtifactStore,
  jwts: JwtAccessTokens,
  clients: ClientStore,
): Adapter {
  const opaque = stored(model, artifacts);
  return {
    ...opaque,
    async find(token) {
      const jwt = markedJwt(token);
      if (jwt === undefined) return opaque.find(token);
      const found = await jwts.find(model, jwt);
      // A client that is no longer registered takes its tokens along.
      return found && (await clients.find(String(found.clientId))) ? found : undefined;
    },
    async destroy(jti) {
      await jwts.revoke(jti);
      await opaque.destroy(jti);
    },
  };
}
