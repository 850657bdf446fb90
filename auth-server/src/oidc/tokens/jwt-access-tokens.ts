/** Verifies JWT access tokens (RFC 9068), and shows them to the library as if they were stored. */
import { createLocalJWKSet, decodeJwt, type JWTPayload, jwtVerify } from 'jose';
import type { AdapterPayload } from 'oidc-provider';
import type { Api } from '../../core/apis/api.ts';
import type { Apis } from '../../core/apis/apis.ts';
import { standing } from '../../core/apis/standing-tokens.ts';
import type { KnownClients } from '../../core/clients/client-registration.ts';
import { type Act, isDelegation, type Origin } from '../../core/exchange/delegation.ts';
import type { OriginStands } from '../../core/exchange/origin-stands.ts';
import type { RevocationList } from '../../core/tokens/revocation-list.ts';
import { publicKeys, type SigningKeys } from '../keys/provider-keys.ts';
import { SESSION_CLAIM } from './admin-tokens.ts';

/**
 * How far the clock of the replica that issued a token may be ahead of ours, in seconds. A replica whose clock is that
 * far behind issues tokens that have already expired.
 */
const CLOCK_DIFFERENCE = 5;

/** The library's models of an access token: one for users' tokens, and one for clients' own. */
export type TokenModel = 'AccessToken' | 'ClientCredentials';

/** Verifies, finds and revokes JWT access tokens. */
export interface JwtAccessTokens {
  /**
   * The claims of a JWT; undefined unless we signed it, it is valid now and lives no longer than its API's tokens, the
   * API still has its scopes, it is not revoked, its client is still registered, and what it was exchanged for stands.
   */
  verify(jwt: string): Promise<AccessTokenClaims | undefined>;
  /** Such a JWT in the form that the library stores, if it belongs to this model. */
  find(model: TokenModel, jwt: string): Promise<AdapterPayload | undefined>;
  /**
   * Revokes the token (RFC 7009 §2).
   *
   * @param expiresAt its `exp`, in seconds since the epoch
   */
  revoke(jti: string, expiresAt: number): Promise<void>;
}

/** What {@link jwtAccessTokens} depends on. */
export interface JwtDependencies {
  issuer: string;
  keys: Pick<SigningKeys, 'keys' | 'signedUntil'>;
  apis: Apis;
  revocations: RevocationList;
  clients: KnownClients;
  /** Whether what an exchanged token came from is still in force. */
  originStands: OriginStands;
  /** Tokens whose signature needs no check. */
  own?: OwnTokens | undefined;
}

/** Remembers tokens that are known to be genuine. */
export interface OwnTokens {
  add(jwt: string): void;
  has(jwt: string): boolean;
}

/** The claims of an access token (RFC 9068 §2.2). */
export interface AccessTokenClaims extends JWTPayload {
  jti: string;
  iat: number;
  exp: number;
  sub: string;
  aud: string;
  client_id: string;
  scope?: string;
  /** The thumbprint of the key that a DPoP token is bound to (RFC 9449 §6.1). */
  cnf?: { jkt?: string };
  /** The grant that the token was issued under, which may have ended. */
  grant_id?: string;
  /** Who acts for the user (RFC 8693 §4.1), and where an exchanged token came from. */
  act?: Act;
  origin?: Origin;
}

/**
 * Verifies tokens with our own keys. No clock skew is granted: a token is valid until `exp` and not after. A thief who
 * has a leaked key can forge tokens, but none that lasts longer than ours, and none once the key no longer signs.
 */
export function jwtAccessTokens(dependencies: JwtDependencies): JwtAccessTokens {
  const { issuer, keys, apis, revocations, clients, originStands, own } = dependencies;
  const keySet = createLocalJWKSet({ keys: publicKeys(keys.keys) });
  let last: { jwt: string; claims: AccessTokenClaims | undefined } | undefined;
  const requirements = {
    issuer,
    typ: 'at+jwt',
    requiredClaims: ['jti', 'iat', 'exp', 'sub', 'aud', 'client_id'],
  };

  return {
    verify,
    async find(model, jwt) {
      const claims = claimsOf(jwt);
      // The library asks both models at once; the other one finds the token.
      if (claims === undefined || modelOf(claims) !== model) return undefined;
      return (await verify(jwt)) && asStored(model, claims);
    },
    revoke: revocations.add,
  };

  async function verify(jwt: string): Promise<AccessTokenClaims | undefined> {
    const claims = claimsOf(jwt);
    const api = claims && apis.find(claims.aud);
    if (!api || !isTimely(claims, api) || !(await isGenuine(jwt, api))) return undefined;
    if (await revocations.has(claims.jti)) return undefined;
    // The tokens of a client end with its registration.
    if (!(await clients.has(claims.client_id))) return undefined;
    return (await originStands(claims)) ? claims : undefined;
  }

  /** Whether a token is valid now, and has times that we could have given it. */
  function isTimely({ iat, exp, aud, scope }: AccessTokenClaims, api: Api): boolean {
    const now = Date.now() / 1_000;
    if (iat > now + CLOCK_DIFFERENCE || exp <= now || exp - iat > api.accessTokenTtl) return false;
    return aud === api.resource && standing({ iat, scope }, api);
  }

  /** Decodes a token once for all callers in a row that ask about it. */
  function claimsOf(jwt: string): AccessTokenClaims | undefined {
    if (last?.jwt !== jwt) last = { jwt, claims: decoded(jwt) };
    return last.claims;
  }

  async function isGenuine(jwt: string, { signingAlg }: Api): Promise<boolean> {
    if (own?.has(jwt)) return true;
    try {
      const { protectedHeader, payload } = await jwtVerify<AccessTokenClaims>(jwt, keySet, {
        ...requirements,
        algorithms: [signingAlg],
      });
      // Without a `kid` a key is found only if it is the only one of its algorithm, so it is not a retired one.
      const signedUntil = keys.signedUntil.get(protectedHeader.kid ?? '');
      if (signedUntil !== undefined && payload.iat * 1_000 > signedUntil) return false;
    } catch {
      return false;
    }
    own?.add(jwt);
    return true;
  }
}

/** The claims that are texts wherever they are present, and that are looked up in the stores or handed to the library. */
const TEXTS = ['jti', 'sub', 'aud', 'client_id', 'scope', 'grant_id', SESSION_CLAIM];

/** The claims of a token, without any check but that of their types: a forger who has a leaked key chooses those, too. */
function decoded(jwt: string): AccessTokenClaims | undefined {
  try {
    const claims = decodeJwt<AccessTokenClaims>(jwt);
    return hasOurTypes(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}

function hasOurTypes(claims: AccessTokenClaims): boolean {
  return (
    TEXTS.every((name) => claims[name] === undefined || typeof claims[name] === 'string') &&
    (claims.cnf === undefined || typeof claims.cnf.jkt === 'string') &&
    isDelegation(claims)
  );
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
