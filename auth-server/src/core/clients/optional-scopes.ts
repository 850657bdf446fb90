/** The rule for `optional_scopes` of a client: what its users may leave out while they allow the rest. */
import { SCOPE, SCOPE_LIMITS } from '../scope-syntax.ts';

/** How many there may be: as many as an API has scopes. */
const MAX_OPTIONAL = SCOPE_LIMITS.ofApi;

/** What is wrong with the value, in words that go on after its name. */
export function optionalScopesFault(value: unknown): string | undefined {
  if (!Array.isArray(value)) return 'must be a list of scopes';
  if (value.length > MAX_OPTIONAL) return `must have at most ${MAX_OPTIONAL} scopes`;
  if (!value.every(isScope)) return 'must be a list of scopes';
  return value.includes('openid')
    ? 'cannot have openid: a user who does not want to be known does not sign in'
    : undefined;
}

function isScope(value: unknown): boolean {
  return typeof value === 'string' && value.length <= SCOPE_LIMITS.length && SCOPE.test(value);
}
