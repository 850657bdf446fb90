/** What an authorization request asks its user to allow, API by API, and what becomes of it by the user's answer. */
import { type LocalizedText, plainText } from '../apis/api.ts';
import type { Apis } from '../apis/apis.ts';
import { type Asking, allowedScopes, isOidcScope, OIDC_MEANINGS } from '../apis/scopes.ts';

/** A scope that is asked for. */
export interface AskedScope {
  scope: string;
  meaning: LocalizedText;
  /** Whether the user has not allowed it before. */
  isNew: boolean;
  /** Whether the user may leave it out while they allow the rest. */
  isOptional: boolean;
  /** Whether the user has left it out before. */
  wasLeftOut: boolean;
  /** What names it in the user's answer: a scope may belong to several APIs. */
  choice: string;
}

/** An API whose scopes are asked for. */
export interface AskedApi {
  resource: string;
  name: LocalizedText;
  scopes: AskedScope[];
}

/** All that is asked for: scopes of OpenID Connect, and those of APIs. */
export interface Asked {
  openid: AskedScope[];
  apis: AskedApi[];
}

/** Scopes of OpenID Connect, and scopes by the identifiers of their APIs. */
export interface ScopesByApi {
  openid: string[];
  resources: Record<string, string[]>;
}

/** A request, as far as consent to it is concerned. */
export interface ConsentRequest {
  scopes: string[];
  /** The identifiers of the APIs that it is about. */
  resources: string[];
  client: Asking;
  /** The scopes that the client lets its users leave out. */
  optional: string[];
}

/** A user's decisions so far. */
export interface Decided {
  allowed: ScopesByApi;
  leftOut: ScopesByApi;
}

/** Nothing that a user would have to decide. */
export const NOTHING_ASKED: Asked = { openid: [], apis: [] };

/** Groups what a request asks for. Of an API only the scopes count that the client may ask for. */
export function askedBy(request: ConsentRequest, before: Decided, apis: Apis): Asked {
  const scopes = [...new Set(request.scopes)];
  const openid = scopes
    .filter(isOidcScope)
    .map((scope) =>
      asked(scope, plainText(OIDC_MEANINGS[scope]), scope, before.allowed.openid, before.leftOut.openid),
    );
  const named = [...new Set(request.resources.flatMap((resource) => apis.find(resource) ?? []))];
  const grouped = named.map((api) => {
    const { resource, name } = api;
    const allowed = new Set(allowedScopes(api, request.client));
    const [given, leftOut] = [before.allowed.resources[resource], before.leftOut.resources[resource]];
    const ofApi = scopes.flatMap((scope) => {
      const meaning = allowed.has(scope) ? api.scopes.get(scope) : undefined;
      return meaning === undefined ? [] : [asked(scope, meaning, `${resource} ${scope}`, given, leftOut)];
    });
    return { resource, name, scopes: ofApi };
  });
  return { openid, apis: grouped.filter((api) => api.scopes.length > 0) };

  function asked(
    scope: string,
    meaning: LocalizedText,
    choice: string,
    allowed: string[] = [],
    leftOut: string[] = [],
  ): AskedScope {
    return {
      scope,
      meaning,
      isNew: !allowed.includes(scope),
      // A user who does not want to be known does not sign in.
      isOptional: scope !== 'openid' && request.optional.includes(scope),
      wasLeftOut: leftOut.includes(scope),
      choice,
    };
  }
}

/** Whether a user has to be given the choice to leave a scope out. What they have allowed before they revoke elsewhere. */
export function isChoice({ isNew, isOptional }: AskedScope): boolean {
  return isNew && isOptional;
}

/**
 * What a user decides who allows the request.
 *
 * @param chosen the choices that the user has left ticked. They come from a browser: one that was not offered counts for nothing
 */
export function decided({ openid, apis }: Asked, chosen: readonly string[]): Decided {
  const isAllowed = (one: AskedScope) => !isChoice(one) || chosen.includes(one.choice);
  return { allowed: those(isAllowed), leftOut: those((one) => !isAllowed(one)) };

  function those(are: (one: AskedScope) => boolean): ScopesByApi {
    return {
      openid: namesOf(openid.filter(are)),
      resources: Object.fromEntries(apis.map((api) => [api.resource, namesOf(api.scopes.filter(are))])),
    };
  }
}

/** Whether somebody who may use no more than these scopes could use anything: `offline_access` alone gives access to nothing. */
export function isAccess({ openid, resources }: ScopesByApi): boolean {
  return [openid, ...Object.values(resources)].flat().some((scope) => scope !== 'offline_access');
}

function namesOf(scopes: AskedScope[]): string[] {
  return scopes.map(({ scope }) => scope);
}
