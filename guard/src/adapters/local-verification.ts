/** Checks tokens by their signatures (RFC 9068 §4), without a call: fast, and blind to revocations until they expire. */
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { UpstreamFault } from 'shared/upstream/fault.ts';
import type { Introspect } from '../core/authorization.ts';
import type { Clock } from '../core/clock.ts';
import { assertKnownMembers } from '../core/known-members.ts';
import { assertCallable, endpointAt, invalidAnswer, jsonFrom } from './auth-server.ts';
import { type FetchKeys, issuerKeys, keySet, SIGNING_ALGS } from './issuer-keys.ts';
import { localClaims } from './local-claims.ts';

/** How far the clock of the issuer may be ahead of ours, in seconds. */
const MAX_AHEAD_S = 60;

/** How tokens are verified without the issuer. */
export interface LocalVerification {
  verify: 'locally';
  /** Where the keys of the issuer are (RFC 7517); `/jwks` at the issuer when left out. */
  jwksUri?: string;
  /** The algorithms that may sign a token, such as the `signing_alg` of the API; any asymmetric one when left out. */
  algs?: string[];
  /** How long a token may live in all, in seconds, such as the `access_token_ttl` of the API; any time when left out. */
  maxLifetime?: number;
}

const MEMBERS: readonly (keyof LocalVerification)[] = ['verify', 'jwksUri', 'algs', 'maxLifetime'];

/**
 * The port that verifies tokens of an issuer. It fetches the issuer's keys when it needs them.
 *
 * @throws {TypeError} when an option is misspelt, the keys are at no http or https URL, or the longest lifetime is no number
 *   of seconds
 */
export function verifiedLocally(issuer: string, options: LocalVerification, clock: Clock): Introspect {
  const { jwksUri = endpointAt(issuer, 'jwks'), algs = SIGNING_ALGS } = options;
  const { maxLifetime = Number.POSITIVE_INFINITY } = options;
  assertKnownMembers('tokens', options, MEMBERS);
  if (options.verify !== 'locally') throw new TypeError("tokens.verify must be 'locally'");
  assertCallable(jwksUri);
  // No lifetime is longer than one that is not a number.
  if (!(maxLifetime > 0)) throw new TypeError(`${maxLifetime} is no number of seconds that a token may live`);
  const keys = usableKeys(issuerKeys(fetchKeys, jwksUri));

  return async function verify(token) {
    const { success, data } = localClaims.safeParse(await verifiedClaims(token));
    if (!success || data.exp - data.iat > maxLifetime) return { active: false };
    // A token from the future would outlive `maxLifetime`.
    if (data.iat > clock() / 1000 + MAX_AHEAD_S) return { active: false };
    return { ...data, active: true };
  };

  /** Undefined for whatever is no token of the issuer; an outage is thrown. */
  async function verifiedClaims(token: string): Promise<JWTPayload | undefined> {
    try {
      return await claimsSignedBy(token, keys);
    } catch (error) {
      if (error instanceof errors.JWKSMultipleMatchingKeys) return claimsSignedByOne(token, error);
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  /** A token need not name its key (RFC 7515 §4.1.4): then it is tried with each that fits. */
  async function claimsSignedByOne(
    token: string,
    candidates: errors.JWKSMultipleMatchingKeys,
  ): Promise<JWTPayload | undefined> {
    for await (const key of candidates) {
      try {
        return await claimsSignedBy(token, async () => key);
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error;
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) return undefined;
      }
    }
    return undefined;
  }

  async function claimsSignedBy(token: string, keys: JWTVerifyGetKey): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        // Other JWTs of the issuer, such as ID tokens, have another type (RFC 9068 §2.1).
        typ: 'at+jwt',
        algorithms: algs,
        issuer,
        currentDate: new Date(clock()),
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof UpstreamFault) throw error;
      // Such as an RSA key that is too short.
      throw unusableKey(error);
    }
  }
}

/** An unknown key is the fault of a token; one that cannot be used is the issuer's. */
function usableKeys(keys: JWTVerifyGetKey): JWTVerifyGetKey {
  return async function usableKey(header, token) {
    try {
      return await keys(header, token);
    } catch (error) {
      const isOfToken =
        error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
      if (isOfToken || error instanceof UpstreamFault) throw error;
      throw unusableKey(error);
    }
  };
}

function unusableKey(cause: unknown): UpstreamFault {
  return invalidAnswer('published a key that cannot be used', cause);
}

const fetchKeys: FetchKeys = async (url) => {
  const answer = await jsonFrom(url, { headers: { accept: 'application/jwk-set+json, application/json' } });
  const { success, data, error } = keySet.safeParse(answer);
  if (!success) throw invalidAnswer('published something else than keys', error);
  return data;
};
