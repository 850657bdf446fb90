/** Tells which workload of a client a JWT is of (RFC 7523 §3). */
import { hash } from 'node:crypto';
import type { Result } from 'shared/core/result.ts';
import { assertionClaims, type UnverifiedJwt } from './assertion-claims.ts';
import type { WorkloadIdentity } from './workload-identity.ts';
import type { AssertionRefusal } from './workload-refusals.ts';

/** The most characters of a JWT: those of the platforms that we know have less than a third. */
const MAX_LENGTH = 8_192;

/** The most characters that the log has of an issuer and a subject that nobody vouches for. */
const MAX_LOGGED = 500;

/** Reads JWTs, and checks their signatures. */
export interface WorkloadJwts {
  /** What a JWT says; undefined when it is none that is signed. */
  read(jwt: string): UnverifiedJwt | undefined;
  /** Whether a key of the identity's issuer has signed a JWT. It rejects with an outage while the keys cannot be had. */
  isSigned(jwt: string, identity: WorkloadIdentity): Promise<boolean>;
}

/** A JWT that is good, as far as it was not used before. */
export interface VerifiedWorkload {
  issuer: string;
  subject: string;
  /** Its `exp`, in seconds since the epoch. */
  expiresAt: number;
  /** The claim `may_act` (RFC 8693 §4.4), as it was sent. */
  mayAct: unknown;
  /** By what it is known again; undefined when it may be used again until it expires. */
  usedAs: string | undefined;
}

/** What a JWT is compared with. */
export interface Expected {
  /** Those of the client that presents it. */
  identities: readonly WorkloadIdentity[];
  /** What identifies this server. */
  audiences: readonly string[];
}

/**
 * What costs little is looked at first: no keys are fetched for a JWT that is no good with any key. The keys are those that are
 * registered for the issuer and subject, and never some that the JWT brings or names itself.
 */
export async function verifyWorkload(
  jwts: WorkloadJwts,
  jwt: string,
  { identities, audiences }: Expected,
): Promise<Result<VerifiedWorkload, AssertionRefusal>> {
  if (jwt.length > MAX_LENGTH) return { ok: false, refusal: { fault: 'size' } };
  const unverified = jwts.read(jwt);
  if (unverified === undefined) return { ok: false, refusal: { fault: 'form' } };
  const claims = assertionClaims(unverified, audiences, Date.now() / 1_000);
  if (!claims.ok) return claims;
  const { iss, sub, exp, jti } = claims.value;
  const claimed = JSON.stringify({ iss, sub }).slice(0, MAX_LOGGED);
  const identity = identities.find(({ issuer, subject }) => issuer === iss && subject === sub);
  if (identity === undefined) return { ok: false, refusal: { fault: 'identity', detail: claimed } };
  if (!(await jwts.isSigned(jwt, identity)))
    return { ok: false, refusal: { fault: 'signature', detail: claimed } };
  return {
    ok: true,
    value: {
      issuer: iss,
      subject: sub,
      expiresAt: Math.floor(exp),
      mayAct: unverified.claims.may_act,
      usedAs:
        identity.reusable === true
          ? undefined
          : jti === undefined
            ? `signed:${signedPart(jwt)}`
            : `jti:${jti}`,
    },
  };
}

/** A name of a JWT without `jti`: of what is signed, since some algorithms let a signature be written in several ways. */
function signedPart(jwt: string): string {
  return hash('sha256', jwt.slice(0, jwt.lastIndexOf('.')), 'base64url');
}
