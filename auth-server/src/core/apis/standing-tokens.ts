/** Whether access tokens outlast a change of their API. */
import type { Api } from './api.ts';
import { isOidcScope } from './scopes.ts';

/** What a token says of when it was issued, in seconds since the epoch, and what for. */
interface Issued {
  iat: number;
  scope?: string | undefined;
}

/** Whether an API still has all the scopes of a token, and is the API that the token was issued for. */
export function standing({ iat, scope }: Issued, api: Api): boolean {
  if (iat < api.since) return false;
  return scope === undefined || scope.split(' ').every((one) => api.scopes.has(one) || isOidcScope(one));
}
