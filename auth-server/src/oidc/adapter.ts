/** Hands each of the library's models to the store that keeps it. */
import { type Adapter, type AdapterFactory, type AdapterPayload, errors, Provider } from 'oidc-provider';
import type { Apis } from '../core/apis/apis.ts';
import type { ClientStore, KnownClients } from '../core/clients/client-registration.ts';
import type { OriginStands } from '../core/exchange/origin-stands.ts';
import type { Artifact, ArtifactStore } from '../core/grants/artifact-store.ts';
import type { UnitOfWork } from '../core/unit-of-work.ts';
import type { UserDirectory } from '../core/users/user-directory.ts';
import { withStrangers, withTokensOfStrangers } from './clients/strangers.ts';
import { type Permission, whileAllowed } from './grants/consents.ts';
import { unlessEnded } from './grants/ended-sessions.ts';
import { withoutGoneApis } from './grants/gone-apis.ts';
import { tellingOutages } from './library-outages.ts';
import { replays } from './replays.ts';
import type { JwtAccessTokens, TokenModel } from './tokens/jwt-access-tokens.ts';
import { isOpaqueTokenSent, opaqueAccessTokens, revocationName } from './tokens/opaque-access-tokens.ts';
import { isJws, markedJwt } from './tokens/structured-tokens.ts';
import { usedWhenIssued } from './tokens/used-when-issued.ts';

/** What the adapter reads and writes. */
export interface AdapterDependencies {
  apis: Apis;
  clients: ClientStore;
  knownClients: KnownClients;
  artifacts: ArtifactStore;
  jwts: JwtAccessTokens;
  /** Whether what an exchanged token came from is still in force. */
  originStands: OriginStands;
  users: Pick<UserDirectory, 'holds'>;
  unitOfWork: UnitOfWork;
  /** How long a refresh token that was replaced may still be used, in seconds. */
  refreshTokenOverlap: number;
}

/** The library's adapter factory: tokens, which may be JWTs, and everything else. */
export function adapterFactory(stores: AdapterDependencies): AdapterFactory {
  return (model) => withOutages(adapterOf(model, stores));
}

function adapterOf(model: string, stores: AdapterDependencies): Adapter {
  const { clients, artifacts } = stores;
  const adapter = stored(model, artifacts);
  switch (model) {
    case 'AccessToken':
    case 'ClientCredentials':
      return tokens(model, stores);
    case 'AuthorizationCode':
    case 'DeviceCode':
      return usedWhenIssued(model, adapter, artifacts, 0);
    case 'RefreshToken':
      return usedWhenIssued(model, adapter, artifacts, stores.refreshTokenOverlap);
    case 'Client':
      return {
        ...withStrangers(adapter, artifacts),
        find: (id) => clients.find(id) as Promise<AdapterPayload | undefined>,
      };
    case 'RegistrationAccessToken':
      return withTokensOfStrangers(adapter, artifacts);
    case 'Grant':
      return grants(adapter, stores);
    case 'Session':
      return sessions(adapter, stores);
    case 'Interaction':
      return interactions(adapter);
    case 'ReplayDetection':
      return replays(adapter, artifacts);
    default:
      return adapter;
  }
}

function stored(model: string, artifacts: ArtifactStore): Adapter {
  return {
    upsert: (id, payload, expiresIn) => artifacts.upsert(model, id, payload, expiresIn),
    find: (id) => artifacts.find(model, id) as Promise<AdapterPayload | undefined>,
    findByUid: (uid) => artifacts.findByUid(model, uid) as Promise<AdapterPayload | undefined>,
    findByUserCode: (code) => artifacts.findByUserCode(model, code) as Promise<AdapterPayload | undefined>,
    async consume(id) {
      // The library looks before it consumes, and others may have come in between.
      if (!(await artifacts.consume(model, id))) throw new errors.InvalidGrant('already consumed');
    },
    destroy: (id) => artifacts.destroy(model, id),
    revokeByGrantId: (grantId) => artifacts.revokeByGrantId(model, grantId),
  };
}

/** An adapter whose store may be full or away, in the terms of the library. */
function withOutages(adapter: Adapter): Adapter {
  const telling =
    <Arguments extends unknown[], Result>(method: (...given: Arguments) => Promise<Result>) =>
    (...given: Arguments) =>
      tellingOutages(method(...given));
  return {
    upsert: telling(adapter.upsert),
    find: telling(adapter.find),
    findByUid: telling(adapter.findByUid),
    findByUserCode: telling(adapter.findByUserCode),
    consume: telling(adapter.consume),
    destroy: telling(adapter.destroy),
    revokeByGrantId: telling(adapter.revokeByGrantId),
  };
}

/** Finds no grant whose user has not allowed it any more, and nothing in it of APIs and scopes that are no more. */
function grants(adapter: Adapter, { artifacts, apis }: AdapterDependencies): Adapter {
  return {
    ...adapter,
    async find(id) {
      const grant = await whileAllowed(artifacts, await artifacts.find('Grant', id));
      return grant && (withoutGoneApis(grant as Permission, apis) as AdapterPayload);
    },
  };
}

/**
 * Finds no session that was ended, even if a request has stored it again. A session begins only while the password with
 * which its user signed in still holds: checking a password takes a while, and a user may go on long after.
 */
function sessions(adapter: Adapter, { artifacts, users, unitOfWork }: AdapterDependencies): Adapter {
  const standing = async (session: Promise<unknown>) =>
    (await unlessEnded(artifacts, (await session) as Artifact | undefined)) as AdapterPayload | undefined;
  return {
    ...adapter,
    upsert(id, payload, expiresIn) {
      const login = Provider.ctx?.oidc.result?.login;
      const proof = login?.proof;
      if (typeof proof !== 'string' || login?.accountId !== payload.accountId) {
        return adapter.upsert(id, payload, expiresIn);
      }
      // Whoever changes the password waits until the session is there, and ends it.
      return unitOfWork(async () => {
        if (!(await users.holds?.(String(payload.accountId), proof))) {
          throw new errors.AccessDenied('the password was changed meanwhile');
        }
        await adapter.upsert(id, payload, expiresIn);
      });
    },
    find: (id) => standing(adapter.find(id)),
    findByUid: (uid) => standing(adapter.findByUid(uid)),
  };
}

/** An interaction in which a user has signed in is that user's, so that it ends with the user's sessions. */
function interactions(adapter: Adapter): Adapter {
  return {
    ...adapter,
    upsert: (id, payload, expiresIn) =>
      adapter.upsert(id, { ...payload, accountId: payload.result?.login?.accountId }, expiresIn),
  };
}

function tokens(model: TokenModel, stores: AdapterDependencies): Adapter {
  const { jwts } = stores;
  const opaque = opaqueAccessTokens(stored(model, stores.artifacts), {
    ...stores,
    clients: stores.knownClients,
  });
  return {
    ...opaque,
    async find(token) {
      const jwt = markedJwt(token);
      if (jwt !== undefined) return jwts.find(model, jwt);
      if (Provider.ctx?.oidc.route !== 'userinfo') return opaque.find(token);
      return atUserinfo(isJws(token) ? await jwts.find(model, token) : await opaque.find(token));
    },
    async destroy(id) {
      const expiresAt = expiryOf(model, id);
      if (!isOpaqueTokenSent(id)) return jwts.revoke(id, expiresAt);
      // First, so that no token that it was exchanged for outlasts it.
      await jwts.revoke(revocationName(id), expiresAt);
      await opaque.destroy(id);
    },
  };
}

/**
 * A token for an API as it counts at the userinfo endpoint, where the library takes only tokens without an audience. Whether its scope
 * has `openid` is left to the library.
 */
function atUserinfo(token: Awaited<ReturnType<Adapter['find']>>): AdapterPayload | undefined {
  return token ? { ...token, aud: undefined } : undefined;
}

/**
 * When a token expires that the request under way destroys, in seconds since the epoch: an adapter is told no more of it
 * than its id.
 */
function expiryOf(model: TokenModel, jti: string): number {
  const token = Provider.ctx?.oidc.entities[model];
  if (token?.jti !== jti || token.exp === undefined) throw new Error('the token is not that of the request');
  return token.exp;
}
