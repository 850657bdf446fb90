/** JWT access tokens (RFC 9068): verified, and as stored tokens, so that the library can introspect and revoke them. */
import { createLocalJWKSet, decodeJwt, type JWK, type JWTPayload, jwtVerify } from 'jose';
import type { AdapterPayload } from 'oidc-provider';
import type { ClientStore } from '../../core/clients/client-registration.ts';
import type { RevocationList } from '../../core/tokens/revocation-list.ts';
import { publicKeys } from '../keys/provider-keys.ts';

/** How long an access token lives, in seconds. */
export const ACCESS_TOKEN_TTL = 5;

/** The library's models of an access token: one for a user's tokens, one for tokens that are a client's own. */
export type TokenModel = 'AccessToken' | 'ClientCredentials';

export interface JwtAccessTokens {
  /** The claims of a JWT; undefined unless it is ours, good now, not revoked, and its client is registered still. */
  verify(jwt: string): Promise<AccessTokenClaims | undefined>;
  /** The stored form of such a JWT, if it is of this model. */
  find(model: TokenModel, jwt: string): Promise<AdapterPayload | undefined>;
  /**
   * Makes the token inactive from now on (RFC 7009 §2).
   *
   * @param expiresAt its `exp`, in seconds since the epoch
   */
  revoke(jti: string, expiresAt: number): Promise<void>;
}

export interface JwtParts {
  issuer: string;
  keys: JWK[];
  algorithm: string;
  revocations: RevocationList;
  clients: ClientStore;
  /** Where there are any, they need no signature check. */
  own?: OwnTokens | undefined;
}

/** Tokens that are known to be genuine. */
export interface OwnTokens {
  add(jwt: string): void;
  has(jwt: string): boolean;
}

/** What an access token holds (RFC 9068 §2.2). */
export interface AccessTokenClaims extends JWTPayload {
  jti: string;
  iat: number;
  exp: number;
  sub: string;
  aud: string;
  client_id: string;
  scope?: string;
  /** The key that a DPoP-bound token is bound to (RFC 9449 §6.1). */
  cnf?: { jkt?: string };
  /** The grant that the token came from, which may have ended. */
  grant_id?: string;
}

/** Verifies against our own keys. No clock skew is granted: a token is good until `exp` and not after. */
export function jwtAccessTokens(parts: JwtParts): JwtAccessTokens {
  const { issuer, keys, algorithm, revocations, clients, own } = parts;
  const keySet = createLocalJWKSet({ keys: publicKeys(keys) });
  let last: { jwt: string; claims: AccessTokenClaims | undefined } | undefined;
  const requirements = {
    issuer,
    typ: 'at+jwt',
    algorithms: [algorithm],
    requiredClaims: ['jti', 'iat', 'exp', 'sub', 'aud', 'client_id'],
  };

  return {
    verify,
    async find(model, jwt) {
      const claims = claimsOf(jwt);
      // The library asks for both models at once; the other one will find it.
      if (claims === undefined || modelOf(claims) !== model) return undefined;
      return (await verify(jwt)) && asStored(model, claims);
    },
    revoke: revocations.add,
  };

  async function verify(jwt: string): Promise<AccessTokenClaims | undefined> {
    const claims = claimsOf(jwt);
    if (claims === undefined || !(await isGenuine(jwt)) || claims.exp * 1000 <= Date.now()) return undefined;
    if (await revocations.has(claims.jti)) return undefined;
    // A client that is no longer registered takes its tokens along.
    return (await clients.find(claims.client_id)) && claims;
  }

  /** Decodes a token once for all that ask about it. */
  function claimsOf(jwt: string): AccessTokenClaims | undefined {
    if (last?.jwt !== jwt) last = { jwt, claims: decoded(jwt) };
    return last.claims;
  }

  async function isGenuine(jwt: string): Promise<boolean> {
    if (own?.has(jwt)) return true;
    try {
      await jwtVerify(jwt, keySet, requirements);
    } catch {
      return false;
    }
    own?.add(jwt);
    return true;
  }
}

/** What a token says, whether or not it is true. */
function decoded(jwt: string): AccessTokenClaims | undefined {
  try {
    return decodeJwt<AccessTokenClaims>(jwt);
  } catch {
    return undefined;
  }
}

/** A client's own token names the client as its subject (RFC 9068 §2.2). */
function modelOf({ sub, client_id }: AccessTokenClaims): TokenModel {
  return sub === client_id ? 'ClientCredentials' : 'AccessToken';
}

function asStored(model: TokenModel, claims: AccessTokenClaims): AdapterPayload {
  const { jti, iat, exp, sub, aud, client_id, scope, cnf, iss: _iss, ...extra } = claims;
  return {
    kind: model,
    jti,
    iat,
    exp,
    aud,
    clientId: client_id,
    ...(scope !== undefined && { scope }),
    ...(cnf?.jkt !== undefined && { jkt: cnf.jkt }),
    ...(model === 'AccessToken'
      ? { accountId: sub, extra, ...(claims.grant_id !== undefined && { grantId: claims.grant_id }) }
      : { extra: { ...extra, sub } }),
  };
}
