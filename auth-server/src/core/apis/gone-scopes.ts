/** What is gone when other APIs come in the place of those in force. */
import type { GoneScopes } from '../grants/forgotten-scopes.ts';
import type { Api } from './api.ts';
import type { Apis } from './apis.ts';

/** What these APIs had before, and no API with their identifier has after. */
export function goneScopes(before: readonly Api[], after: Apis): GoneScopes[] {
  return before.flatMap(({ resource, scopes }): GoneScopes[] => {
    const left = after.find(resource);
    // Consents name an API as it is written.
    if (left?.resource !== resource) return [{ resource, scopes: 'all' }];
    const gone = [...scopes.keys()].filter((scope) => !left.scopes.has(scope));
    return gone.length > 0 ? [{ resource, scopes: gone }] : [];
  });
}
