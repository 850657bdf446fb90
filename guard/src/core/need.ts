/** What an API needs of a call. */
import type { AuthenticationNeed } from './authentication.ts';

/** What a call needs besides a token for this API. */
export interface Need extends AuthenticationNeed {
  /** The scopes that the token must have, separated by spaces. When left out, any token of the API will do. */
  scope?: string;
  /** `optional` lets clients call for themselves (RFC 6749 §4.4). By default a token must be a user's. */
  user?: 'required' | 'optional';
}

/** Scopes (RFC 6749 §3.3), or authentication context classes: both are lists in a challenge (RFC 6750 §3, RFC 9470 §3). */
const list = /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/;

/**
 * Refuses a need that says nothing, that says it in a way that the guard does not read, or that nobody can meet, which is a
 * mistake in the API. An empty scope or a misspelt one would let every token pass, and a user could sign in for ever without
 * having a class that does not exist.
 *
 * @throws {TypeError} when there is such a mistake
 */
export function assertNeed(need: Need): void {
  const { scope, user: _, acrValues, maxAge, ...others } = need;
  if (typeof need !== 'object' || Object.keys(others).length > 0)
    throw new TypeError(`${JSON.stringify(need)} is not what a call can need`);
  if (scope !== undefined && !list.test(scope)) throw new TypeError(`${JSON.stringify(scope)} is no scope`);
  if (acrValues !== undefined && !list.test(acrValues.join(' ')))
    throw new TypeError(`${JSON.stringify(acrValues)} are no authentication context classes`);
  if (maxAge !== undefined && !(Number.isSafeInteger(maxAge) && maxAge >= 0))
    throw new TypeError(`${maxAge} is no number of seconds`);
}

/** The scopes of a list that spaces separate (RFC 6749 §3.3). */
export function scopesOf(scope: string): string[] {
  return scope.split(' ').filter((one) => one !== '');
}
