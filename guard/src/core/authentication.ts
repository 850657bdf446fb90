/** Compares how a user has signed in with what a call needs (RFC 9470 §4). */

/** How the user must have signed in; anyhow, when both are left out. */
export interface AuthenticationNeed {
  /** The authentication context classes that will do (`acr_values`), the best first. */
  acrValues?: readonly string[];
  /** How long ago the user may have signed in, in seconds (`max_age`). */
  maxAge?: number;
}

/** What a token says of the sign-in (RFC 9470 §6). */
export interface SignIn {
  acr?: string | undefined;
  auth_time?: number | undefined;
}

/** How far the clock of the issuer may be ahead, in seconds. A sign-in that is later has no time that could be believed. */
const MAX_AHEAD_S = 60;

/** Whether a sign-in is good enough for a call. One of which nothing is known is good enough for none that asks. */
export function signedInAsNeeded(
  { acr, auth_time }: SignIn,
  { acrValues, maxAge }: AuthenticationNeed,
  nowMs: number,
): boolean {
  if (acrValues !== undefined && (acr === undefined || !acrValues.includes(acr))) return false;
  if (maxAge === undefined) return true;
  if (auth_time === undefined) return false;
  const age = nowMs / 1000 - auth_time;
  return -MAX_AHEAD_S <= age && age <= maxAge;
}
