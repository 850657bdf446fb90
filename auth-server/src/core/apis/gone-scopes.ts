/** What is gone when other APIs come in the place of those in force. */
import type { Api } from './api.ts';
import type { Apis } from './apis.ts';

/** An API that is gone, or some of its scopes. */
export interface GoneScopes {
  /** The identifier of the API, as it was written. */
  resource: string;
  scopes: string[] | 'all';
}

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
