/**
 * Leaves out what was allowed of APIs and scopes that are no more, whenever it is read. A change that the server has seen has taken
 * it out of the store, too (`forgetScopes`); a file that was changed while the server was down has not.
 */
import type { Apis } from '../../core/apis/apis.ts';
import { isOidcScope } from '../../core/apis/scopes.ts';
import type { Allowed, Scopes } from './allowed.ts';

/** What is left of what a user has allowed, of a consent and of a grant alike. */
export function withoutGoneApis<Given extends Allowed>(given: Given, apis: Apis): Given {
  return {
    ...given,
    ...remaining(given),
    ...(given.rejected && { rejected: remaining(given.rejected) }),
  };

  function remaining({ openid, resources }: Scopes): Scopes {
    const left = Object.entries(resources ?? {}).flatMap(([resource, scope]) => {
      const api = apis.find(resource);
      // Another API with the same identifier was not asked about.
      if (api === undefined || (given.since?.[resource] ?? 0) < api.since) return [];
      const scopes = scope.split(' ').filter((one) => api.scopes.has(one));
      return scopes.length > 0 ? [[resource, scopes] as const] : [];
    });
    const ofApis = new Set(left.flatMap(([, scopes]) => scopes));
    const scope = openid?.scope
      ?.split(' ')
      .filter((one) => isOidcScope(one) || ofApis.has(one))
      .join(' ');
    return {
      ...(openid && { openid: { ...openid, ...(scope !== undefined && { scope }) } }),
      ...(resources && {
        resources: Object.fromEntries(left.map(([resource, scopes]) => [resource, scopes.join(' ')])),
      }),
    };
  }
}

/** When APIs were defined, where that is known, in seconds since the epoch. */
export function definedSince(resources: string[], apis: Apis): Record<string, number> {
  const times = resources.map((resource) => [resource, apis.find(resource)?.since ?? 0] as const);
  return Object.fromEntries(times.filter(([, since]) => since > 0));
}
