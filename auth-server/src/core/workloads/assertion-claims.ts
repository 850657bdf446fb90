/** What the header and the claims of a workload's JWT must be (RFC 7523 §3), whoever has signed it. */
import type { Result } from 'shared/core/result.ts';
import { SIGNING_ALGS } from '../keys/signing-algs.ts';
import type { AssertionFault, AssertionRefusal } from './workload-refusals.ts';

/** How far the clock of an issuer may be ahead of ours, in seconds: as far as that of a client that signs its assertions. */
const CLOCK_SKEW_S = 15;

/** How long a JWT may still be valid, in seconds: so long it is remembered that it was used. */
export const MAX_VALIDITY_S = 24 * 60 * 60;

/** What a JWT says of itself. Nobody knows yet whether that is true. */
export interface UnverifiedJwt {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
}

/** The claims that every good JWT has. */
export interface AssertionClaims {
  iss: string;
  sub: string;
  /** In seconds since the epoch. */
  exp: number;
  jti: string | undefined;
}

/**
 * Looks at all that can be told without a key.
 *
 * @param audiences what identifies this server: its issuer identifier, and its token endpoint
 * @param now in seconds since the epoch
 */
export function assertionClaims(
  { header, claims }: UnverifiedJwt,
  audiences: readonly string[],
  now: number,
): Result<AssertionClaims, AssertionRefusal> {
  const { iss, sub, exp, nbf, iat, jti } = claims;
  // An extension that changes what is signed, or how.
  if (header.crit !== undefined) return refused('form');
  if (!SIGNING_ALGS.some((alg) => alg === header.alg)) return refused('alg');
  if (!isPlainType(header.typ)) return refused('typ');
  if (typeof iss !== 'string' || typeof sub !== 'string') return refused('incomplete');
  if (!isTime(exp)) return refused('no_exp');
  // A token ends with the JWT that it is issued for, so no skew is granted here: nothing would be left to issue.
  if (Math.floor(exp) <= now) return refused('expired');
  if (exp > now + MAX_VALIDITY_S + CLOCK_SKEW_S) return refused('too_long_valid');
  if ([nbf, iat].some((time) => time !== undefined && !(isTime(time) && time <= now + CLOCK_SKEW_S)))
    return refused('not_yet');
  if (![claims.aud].flat().some((aud) => audiences.some((ours) => ours === aud))) return refused('aud');
  if (jti !== undefined && (typeof jti !== 'string' || jti === '')) return refused('jti');
  return { ok: true, value: { iss, sub, exp, jti } };
}

/**
 * Whether a `typ` is that of a JWT of no special kind. What is meant for something else says so there (RFC 8725 §3.11): our access
 * tokens (`at+jwt`), DPoP proofs (`dpop+jwt`), logout tokens (`logout+jwt`). Issuers of workloads say `JWT`, or nothing.
 */
function isPlainType(typ: unknown): boolean {
  return typ === undefined || (typeof typ === 'string' && /^(?:application\/)?jwt$/i.test(typ));
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function refused(fault: AssertionFault): { ok: false; refusal: AssertionRefusal } {
  return { ok: false, refusal: { fault } };
}
