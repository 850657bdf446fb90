/** Scopes (RFC 6749 §3.3): those of OpenID Connect, those that a client may ask for, and those that a request gets. */
import type { Result } from 'shared/core/result.ts';
import { mayAdminister } from './admin-scopes.ts';
import type { Api, TokenKind } from './api.ts';
import type { Apis } from './apis.ts';

/** What each scope of OpenID Connect (Core §5.4, §11) lets a client do. On the consent page each text follows "… asks to:". */
export const OIDC_MEANINGS = {
  openid: 'Know who you are',
  profile: 'See your name and username',
  email: 'See your email address',
  offline_access: 'Keep this access while you are away',
};

/** The scopes of OpenID Connect. */
export const OIDC_SCOPES = Object.keys(OIDC_MEANINGS) as (keyof typeof OIDC_MEANINGS)[];

/** Who asks for a token: what the client's registration says, and for whom the token is to be. */
export interface Asking {
  /** Its registered scope (RFC 7591 §2); undefined when it was registered without. */
  scope: string | undefined;
  /** Whether the operator lets it administer. */
  admin: boolean;
  kind: TokenKind;
}

/** Who asks, from a client's registration. */
export function asking(client: Record<string, unknown>, kind: TokenKind): Asking {
  const scope = typeof client.scope === 'string' ? client.scope : undefined;
  return { scope, admin: mayAdminister(client), kind };
}

/**
 * Why a request gets no scope:
 * - `unknown_scope`: no API has it
 * - `scope_elsewhere`: the client may not ask for it, or not at this API
 * - `no_scope`: none was asked for, and there is none that the client may ask for
 * - `several_apis`: more than one API has it, and the client has to say which
 */
export interface ScopeRefusal {
  reason: 'unknown_scope' | 'scope_elsewhere' | 'no_scope' | 'several_apis';
  /** The first scope that this is about; undefined where no scope was asked for. */
  scope?: string | undefined;
}

/** The scopes of an API that a client may ask for. */
export function allowedScopes(api: Api, { scope, admin, kind }: Asking): readonly string[] {
  if ((api.administers && !admin) || !api.tokensFor.has(kind)) return [];
  return scope === undefined ? api.defaultScopes : scope.split(' ').filter((one) => api.scopes.has(one));
}

/**
 * Decides which scopes a request with this `scope` parameter gets. A client that asks for none gets all that it may ask for.
 * Beside `openid` a scope that does not exist is ignored (OpenID Connect Core §3.1.2.1); one that exists elsewhere is not.
 *
 * @param named the APIs that the request is about, of each of which the client may ask for something
 */
export function decideScope(
  requested: string | undefined,
  named: readonly Api[],
  client: Asking,
  apis: Apis,
): Result<string, ScopeRefusal> {
  const allowed = new Set<string>();
  const closed: Api[] = [];
  for (const api of named) {
    const ofApi = allowedScopes(api, client);
    if (ofApi.length === 0) closed.push(api);
    for (const scope of ofApi) allowed.add(scope);
  }
  if (requested === undefined) {
    return allowed.size > 0 && closed.length === 0
      ? { ok: true, value: [...allowed].join(' ') }
      : { ok: false, refusal: { reason: 'no_scope' } };
  }
  const scopes = [...new Set(requested.split(' '))];
  const isOfOpenId = client.kind === 'user' && scopes.includes('openid');
  const isGranted = (scope: string) => allowed.has(scope) || (client.kind === 'user' && isOidcScope(scope));
  const refused = scopes.find(
    (scope) => !isGranted(scope) && (!isOfOpenId || apis.withScope(scope).length > 0),
  );
  if (refused !== undefined) {
    const reason = apis.withScope(refused).length > 0 ? 'scope_elsewhere' : 'unknown_scope';
    return { ok: false, refusal: { reason, scope: refused } };
  }
  // Scopes of OpenID Connect do not open an API to a client that may ask nothing of it.
  if (closed.length > 0) return { ok: false, refusal: { reason: 'no_scope' } };
  return { ok: true, value: scopes.filter(isGranted).join(' ') };
}

/**
 * The APIs that a request without `resource` is about. A scope names its API when the client may ask only one API for it. A request
 * without scopes is about the only API that the client may ask for anything.
 */
export function apisOf(
  requested: string | undefined,
  client: Asking,
  apis: Apis,
): Result<readonly Api[], ScopeRefusal> {
  if (requested === undefined) {
    const open = openTo(client, apis);
    return open.length > 1 ? { ok: false, refusal: { reason: 'several_apis' } } : { ok: true, value: open };
  }
  const registered = client.scope === undefined ? undefined : new Set(client.scope.split(' '));
  const named = new Set<Api>();
  for (const scope of new Set(requested.split(' '))) {
    if (client.kind === 'user' && isOidcScope(scope)) continue;
    if (registered !== undefined && !registered.has(scope)) continue;
    const having = meantBy(scope, client, apis);
    if (having.length > 1) return { ok: false, refusal: { reason: 'several_apis', scope } };
    for (const api of having) named.add(api);
  }
  return { ok: true, value: [...named] };
}

/** Whether a scope is one of OpenID Connect. */
export function isOidcScope(scope: string): scope is keyof typeof OIDC_MEANINGS {
  return Object.hasOwn(OIDC_MEANINGS, scope);
}

/** The APIs that a client may ask anything of, two at most: whether there are more makes no difference. */
function openTo(client: Asking, apis: Apis): readonly Api[] {
  // Nobody administers without saying so.
  const asOther = { ...client, admin: false };
  if (client.scope === undefined) return firstTwo(apis.openByDefault(client.kind), asOther);
  const open = new Set<Api>();
  for (const scope of client.scope.split(' ')) {
    for (const api of meantBy(scope, asOther, apis)) open.add(api);
    if (open.size > 1) break;
  }
  return [...open];
}

/** The APIs that a client may ask for a scope, two at most, if it is registered for the scope or for none. */
function meantBy(scope: string, client: Asking, apis: Apis): readonly Api[] {
  const { kind } = client;
  const having =
    client.scope === undefined ? apis.offeringByDefault(scope, kind) : apis.offering(scope, kind);
  return firstTwo(having, client);
}

/** At most one API administers, so looking at three is enough. */
function firstTwo(apis: readonly Api[], { admin }: Asking): readonly Api[] {
  return apis
    .slice(0, 3)
    .filter((api) => admin || !api.administers)
    .slice(0, 2);
}
