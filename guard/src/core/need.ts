/** What an API needs of a call. */
import type { AuthenticationNeed } from './authentication.ts';
import { assertKnownMembers } from './known-members.ts';

/** What a call needs besides a token for this API. */
export interface Need extends AuthenticationNeed {
  /** The scopes that the token must have, separated by spaces. When left out, any token of the API will do. */
  scope?: string;
  /** `optional` lets clients call for themselves (RFC 6749 §4.4). By default a token must be a user's. */
  user?: 'required' | 'optional';
}

const MEMBERS: readonly (keyof Need)[] = ['scope', 'user', 'acrValues', 'maxAge'];

/**
 * Whether a text is a list of scopes (RFC 6749 §3.3) or of authentication context classes. Challenges allow the same
 * characters in both (RFC 6750 §3, RFC 9470 §3).
 */
export function isSpacedList(text: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(text);
}

/** Whether a text is one entry of such a list. */
export function isOneOfList(text: string): boolean {
  return isSpacedList(text) && !text.includes(' ');
}

/**
 * Refuses a need that says nothing or that nobody can meet, which is a mistake in the API. Without a scope, such as when it
 * is misspelt or undefined, every token would pass, and a user could sign in for ever without having a class that does not
 * exist.
 *
 * @throws {TypeError} when there is such a mistake
 */
export function assertNeed(need: Need): void {
  assertKnownMembers('what a call needs', need, MEMBERS);
  const { scope, user = 'required' } = need;
  if ('scope' in need && !(typeof scope === 'string' && isSpacedList(scope)))
    throw new TypeError(`scope: ${JSON.stringify(scope)} is no scope`);
  if (user !== 'required' && user !== 'optional')
    throw new TypeError(`user: ${JSON.stringify(user)} is neither 'required' nor 'optional'`);
  assertSignIn(need);
}

/**
 * Refuses a sign-in that nobody can have.
 *
 * @param where what begins the message
 * @throws {TypeError} when there is such a mistake
 */
export function assertSignIn({ acrValues, maxAge }: AuthenticationNeed, where = ''): void {
  if (acrValues !== undefined && !isListOfClasses(acrValues))
    throw new TypeError(
      `${where}acrValues: ${JSON.stringify(acrValues)} are no authentication context classes`,
    );
  if (maxAge !== undefined && !(Number.isSafeInteger(maxAge) && maxAge >= 0))
    throw new TypeError(`${where}maxAge: ${maxAge} is no number of seconds`);
}

/** A class with a space would be two in a challenge, and its user would sign in for ever. */
function isListOfClasses(list: unknown): boolean {
  return (
    Array.isArray(list) && list.length > 0 && list.every((acr) => typeof acr === 'string' && isOneOfList(acr))
  );
}

/** The scopes of a list that spaces separate (RFC 6749 §3.3). */
export function scopesOf(scope: string): string[] {
  return scope.split(' ').filter((one) => one !== '');
}
