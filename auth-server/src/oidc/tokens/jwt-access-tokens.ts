/** JWT access tokens (RFC 9068): verified, and as stored tokens, so that the library can introspect and revoke them. */
import { createLocalJWKSet, decodeJwt, type JWTPayload, jwtVerify } from 'jose';
import type { AdapterPayload } from 'oidc-provider';
import type { ClientStore } from '../../core/clients/client-registration.ts';
import type { RevocationList } from '../../core/tokens/revocation-list.ts';
import { publicKeys, type SigningKeys } from '../keys/provider-keys.ts';
import type { AccessTokenLifetimes } from '../lifetimes.ts';

/**
 * How far ahead of our own clock another replica's may be that issued a token, in seconds. One that is behind by as much
 * issues tokens that have expired.
 */
const CLOCK_DIFFERENCE = 5;

/** The library's models of an access token: one for a user's tokens, one for tokens that are a client's own. */
export type TokenModel = 'AccessToken' | 'ClientCredentials';

export interface JwtAccessTokens {
  /**
   * The claims of a JWT; undefined unless it is ours, good now, for no longer than its API's tokens live, not revoked, and
   * its client is registered still.
   */
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
  keys: Pick<SigningKeys, 'keys' | 'signedUntil' | 'accessTokenAlg'>;
  lifetimes: AccessTokenLifetimes;
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

/**
 * Verifies against our own keys. No clock skew is granted: a token is good until `exp` and not after. Whoever has a key
 * that leaked can make tokens like ours, but none that lasts longer, and none once the key has ceased to sign.
 */
export function jwtAccessTokens(parts: JwtParts): JwtAccessTokens {
  const { issuer, keys, lifetimes, revocations, clients, own } = parts;
  const keySet = createLocalJWKSet({ keys: publicKeys(keys.keys) });
  let last: { jwt: string; claims: AccessTokenClaims | undefined } | undefined;
  const requirements = {
    issuer,
    typ: 'at+jwt',
    algorithms: [keys.accessTokenAlg],
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
    if (claims === undefined || !isTimely(claims) || !(await isGenuine(jwt))) return undefined;
    if (await revocations.has(claims.jti)) return undefined;
    // A client that is no longer registered takes its tokens along.
    return (await clients.find(claims.client_id)) && claims;
  }

  /** Whether the times of a token are such as we give, and it is good now. */
  function isTimely({ aud, iat, exp }: AccessTokenClaims): boolean {
    const now = Date.now() / 1_000;
    const lifetime = lifetimes.get(aud);
    return lifetime !== undefined && iat <= now + CLOCK_DIFFERENCE && exp > now && exp - iat <= lifetime;
  }

  /** Decodes a token once for all that ask about it. */
  function claimsOf(jwt: string): AccessTokenClaims | undefined {
    if (last?.jwt !== jwt) last = { jwt, claims: decoded(jwt) };
    return last.claims;
  }

  async function isGenuine(jwt: string): Promise<boolean> {
    if (own?.has(jwt)) return true;
    try {
      const { protectedHeader, payload } = await jwtVerify<AccessTokenClaims>(jwt, keySet, requirements);
      // Of a token without a `kid` it is the one key of its algorithm, or it would not be found: no retired one.
      const signedUntil = keys.signedUntil.get(protectedHeader.kid ?? '');
      if (signedUntil !== undefined && payload.iat * 1_000 > signedUntil) return false;
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
