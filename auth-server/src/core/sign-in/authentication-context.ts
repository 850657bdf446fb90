/** How users authenticate, as clients and APIs call it (`acr`, OpenID Connect Core §2), and what they may ask for (RFC 9470 §4). */

/** The class of a sign-in with a password. */
export const PASSWORD_ACR = 'urn:time-chain:acr:pwd';

/** The classes that a user can reach, the strongest first. */
export const ACR_VALUES = [PASSWORD_ACR];

/** What a request asks of the sign-in. */
export interface AskedSignIn {
  /** The classes that will do; undefined when any will. */
  acrValues: readonly string[] | undefined;
  /** How long ago the user may have signed in, in seconds; undefined when it does not matter. */
  maxAge: number | undefined;
}

/** How the user of a session signed in. */
export interface SignInOfSession {
  acr: string | undefined;
  /** When, in seconds since the epoch; undefined when nobody has signed in. */
  time: number | undefined;
  /** Whether the user has proved who they are. */
  isProven: boolean;
  /** Whether that was for this very request. */
  isForThisRequest: boolean;
}

/** Whether anybody can sign in as a request asks. */
export function isReachable({ acrValues }: AskedSignIn): boolean {
  return acrValues === undefined || acrValues.some((acr) => ACR_VALUES.includes(acr));
}

/**
 * Whether the user has to sign in for a request, and has to prove who they are: a sign-in without proof has no time and no class
 * that could be good enough.
 */
export function mustSignIn(
  { acrValues, maxAge }: AskedSignIn,
  session: SignInOfSession,
  now: number,
): boolean {
  if (acrValues === undefined && maxAge === undefined) return false;
  if (!session.isProven || session.time === undefined) return true;
  if (acrValues !== undefined && !acrValues.some((acr) => acr === session.acr)) return true;
  // Who has signed in for this request may take any time to consent.
  if (maxAge === undefined || session.isForThisRequest) return false;
  return maxAge === 0 || now - session.time > maxAge;
}
