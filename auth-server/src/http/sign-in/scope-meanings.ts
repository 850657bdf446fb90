/** What the scopes of all APIs mean, in words for the user who is asked to grant them. */
import { TIME_SCOPES } from 'shared/oauth/time-scopes.ts';
import { ADMIN_MEANINGS } from '../../core/apis/admin-scopes.ts';
import { OIDC_MEANINGS } from '../../core/apis/scopes.ts';

const meanings = new Map(Object.entries({ ...TIME_SCOPES, ...OIDC_MEANINGS, ...ADMIN_MEANINGS }));

/** What a scope lets a client do. A scope without an explanation is shown by its name, rather than not at all. */
export function meaningOf(scope: string): string {
  return meanings.get(scope) ?? scope;
}
