/** A user's decisions on what a client asks for, between the consent page and the record. */
import type { Apis } from '../../core/apis/apis.ts';
import type { Decided, ScopesByApi } from '../../core/sign-in/asked-scopes.ts';
import type { Allowed, Scopes } from './allowed.ts';
import { definedSince } from './gone-apis.ts';

/**
 * Decisions as they are recorded. Scopes of APIs are among those of OpenID Connect, too: the library knows them as both, since
 * they are among its configured scopes.
 */
export function recorded({ allowed, leftOut }: Decided, claims: string[] | undefined, apis: Apis): Allowed {
  const resources = [...Object.keys(allowed.resources), ...Object.keys(leftOut.resources)];
  return {
    ...scopesOf(allowed, claims),
    rejected: scopesOf(leftOut),
    since: definedSince(resources, apis),
  };
}

/** The decisions of a record. */
export function decidedBy(record: Allowed | undefined): Decided {
  return { allowed: byApi(record), leftOut: byApi(record?.rejected) };
}

function scopesOf({ openid, resources }: ScopesByApi, claims?: string[]): Scopes {
  const byApi = Object.entries(resources).filter(([, scopes]) => scopes.length > 0);
  return {
    openid: { scope: [...openid, ...byApi.flatMap(([, scopes]) => scopes)].join(' '), claims },
    resources: Object.fromEntries(byApi.map(([resource, scopes]) => [resource, scopes.join(' ')])),
  };
}

function byApi({ openid, resources = {} }: Scopes = {}): ScopesByApi {
  const words = (text: string | undefined) => text?.split(' ') ?? [];
  return {
    openid: words(openid?.scope),
    resources: Object.fromEntries(
      Object.entries(resources).map(([resource, scopes]) => [resource, words(scopes)]),
    ),
  };
}
