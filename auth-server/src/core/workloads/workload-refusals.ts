/** Why a workload's JWT is refused, and what the caller is told of it. */

/**
 * What is wrong with a JWT:
 * - `size`, `form`: it is too long, or is no signed JWT at all
 * - `alg`, `typ`, `incomplete`, `no_exp`, `expired`, `too_long_valid`, `not_yet`, `aud`, `jti`: what it says of itself
 * - `identity`: its issuer and its subject are none that the client trusts
 * - `signature`: no key of the issuer has signed it
 * - `may_act`: it lets somebody else act
 * - `used`: it is good once, and was used before
 */
export type AssertionFault =
  | 'size'
  | 'form'
  | 'alg'
  | 'typ'
  | 'incomplete'
  | 'no_exp'
  | 'expired'
  | 'too_long_valid'
  | 'not_yet'
  | 'aud'
  | 'jti'
  | 'identity'
  | 'signature'
  | 'may_act'
  | 'used';

/** A refusal, with what only the log has of it. */
export interface AssertionRefusal {
  fault: AssertionFault;
  detail?: string;
}

/**
 * Goes on after the name of the parameter. Whose JWTs a client takes is nobody else's business, so a forger is not told whether it is
 * the issuer, the subject or the signature that is wrong; the log says it.
 */
const NOT_OF_A_WORKLOAD =
  'is not of a workload of this client: its issuer and its subject must be registered, and a key of the issuer must have signed it';

const TEXTS: Record<AssertionFault, string> = {
  size: 'is too long',
  form: 'is not a signed JWT',
  alg: 'is signed by an algorithm that is not taken',
  typ: 'is a JWT for something else: its typ must be JWT, or left out',
  incomplete: 'must have iss and sub',
  no_exp: 'must have exp',
  expired: 'has expired',
  too_long_valid: 'is valid for too long: its exp must be at most 24 hours ahead',
  not_yet: 'is not valid yet, or is from the future',
  aud: 'is for somebody else: its aud must name the issuer identifier or the token endpoint of this server',
  jti: 'must have a jti that is a text, or none',
  identity: NOT_OF_A_WORKLOAD,
  signature: NOT_OF_A_WORKLOAD,
  may_act: 'lets somebody else act for its subject',
  used: 'was used before, and is good once',
};

/** @param parameter the parameter that the JWT came in */
export function refusalText(parameter: string, fault: AssertionFault): string {
  return `${parameter} ${TEXTS[fault]}`;
}
