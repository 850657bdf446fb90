/** What the scopes of all APIs mean, in words for the user who is asked to grant them. */
import type { Apis } from '../../core/apis/apis.ts';
import { isOfUser, OIDC_MEANINGS } from '../../core/apis/scopes.ts';

/** What a scope lets a client do. A scope without an explanation is shown by its name, rather than not at all. */
export function scopeMeanings(apis: Apis): (scope: string) => string {
  return function meaningOf(scope) {
    if (isOfUser(scope)) return OIDC_MEANINGS[scope];
    return apis.withScope(scope)[0]?.scopes.get(scope)?.text ?? scope;
  };
}
