/**
 * Introspection answers that the authorization server has signed (RFC 9701), so that a proxy in between need not be
 * trusted. Such an answer does not name its token; {@link signedAnswers} says how the two are matched.
 */
import { SIGNING_ALGS } from 'guard/adapters/issuer-keys.ts';
import { compactVerify, decodeJwt, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { introspectionResponse } from 'shared/oauth/introspection-response.ts';
import { UpstreamFault } from 'shared/upstream/fault.ts';
import type { Upstream } from 'shared/upstream/upstream.ts';
import { z } from 'zod';
import type { Clock } from '../core/time.ts';
import type { AnswerFormat } from './introspection-client.ts';

const MEDIA_TYPE = 'application/token-introspection+jwt';

/** How far an answer's `iat` may be from now, in seconds: an older answer may be a replay that is out of date. */
const FRESH_S = 60;

/** The claims of RFC 9701 §5 that jose does not check. */
const answerClaims = z.object({ iat: z.number(), token_introspection: introspectionResponse });

/** The claims that tell one token from another. */
interface IdentifyingClaims {
  jti?: string | undefined;
  iat?: number | undefined;
  exp?: number | undefined;
}

/** What a signed answer is checked against. */
interface Expected {
  issuer: string;
  /** The client id of this resource server: the audience of the answer. */
  clientId: string;
  clock: Clock;
}

/**
 * Reads signed answers. A plain answer, or an answer about another token, is an `invalid_response`. A JWT is matched by
 * its own claims. An opaque token has none, so an answer of the last minute about another opaque token could pass for
 * its answer: for opaque tokens the connection must be trusted as well.
 *
 * @param keys the issuer's keys
 */
export function signedAnswers(
  authServer: Upstream,
  keys: JWTVerifyGetKey,
  { issuer, clientId, clock }: Expected,
): AnswerFormat {
  return {
    accept: MEDIA_TYPE,
    async read({ headers, body }, token) {
      if (String(headers['content-type']).split(';')[0]?.trim().toLowerCase() !== MEDIA_TYPE)
        throw authServer.invalidResponse('gave an introspection answer that is not signed');
      const { success, data, error } = answerClaims.safeParse(await verifiedClaims(body));
      if (!success)
        throw authServer.invalidResponse('signed something else than an introspection answer', error);
      if (Math.abs(clock() - data.iat * 1000) > FRESH_S * 1000)
        throw authServer.invalidResponse('gave an introspection answer that is not of now');
      const introspection = data.token_introspection;
      if (introspection.active && !(await isAbout(token, introspection)))
        throw authServer.invalidResponse('gave an introspection answer about another token');
      return introspection;
    },
  };

  /** Compares the claims that a JWT (RFC 9068 §2.2) and its answer share. A forged JWT could copy them. */
  async function isAbout(token: string, { jti, iat, exp }: IdentifyingClaims): Promise<boolean> {
    const claims = claimsOf(token);
    if (claims === undefined) return jti === undefined || jti === token;
    return claims.jti === jti && claims.iat === iat && claims.exp === exp && isSigned(token);
  }

  async function isSigned(token: string): Promise<boolean> {
    try {
      await compactVerify(token, keys, { algorithms: SIGNING_ALGS });
      return true;
    } catch (error) {
      if (error instanceof UpstreamFault) throw error;
      return false;
    }
  }

  async function verifiedClaims(jwt: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(jwt, keys, {
        // RFC 9701 §8.1: the type keeps other JWTs of the issuer from passing for an answer.
        typ: 'token-introspection+jwt',
        algorithms: SIGNING_ALGS,
        issuer,
        audience: clientId,
        currentDate: new Date(clock()),
      });
      return payload;
    } catch (error) {
      if (error instanceof UpstreamFault) throw error;
      throw authServer.invalidResponse('gave an introspection answer that cannot be verified', error);
    }
  }
}

/** The unverified claims of a JWT; undefined for an opaque token. */
function claimsOf(token: string): JWTPayload | undefined {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}
