/** The rule for `optional_scopes` of a client: what its users may leave out while they allow the rest. */

/** How many there may be: as many as an API has scopes. */
const MAX_OPTIONAL = 200;

/** RFC 6749 §3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/;

/** What is wrong with the value, in words that go on after its name. */
export function optionalScopesFault(value: unknown): string | undefined {
  if (!Array.isArray(value)) return 'must be a list of scopes';
  if (value.length > MAX_OPTIONAL) return `must have at most ${MAX_OPTIONAL} scopes`;
  if (value.some((scope) => typeof scope !== 'string' || !SCOPE.test(scope)))
    return 'must be a list of scopes';
  return value.includes('openid')
    ? 'cannot have openid: a user who does not want to be known does not sign in'
    : undefined;
}
