/** The APIs as the library sees them: their identifiers (RFC 8707), their scopes and the form of their tokens. */
import {
  type Configuration,
  errors,
  type KoaContextWithOIDC,
  type Provider,
  type ResourceServer,
} from 'oidc-provider';
import type { Result } from 'shared/core/result.ts';
import type { Api, TokenKind } from '../../core/apis/api.ts';
import type { Apis } from '../../core/apis/apis.ts';
import {
  allowedScopes,
  apisOf,
  asking,
  decideScope,
  isOidcScope,
  type ScopeRefusal,
} from '../../core/apis/scopes.ts';
import { TOKEN_EXCHANGE } from '../../core/exchange/grant-type.ts';
import { JWT } from '../../core/exchange/token-types.ts';
import { JWT_BEARER } from '../../core/workloads/jwt-bearer.ts';

type Client = InstanceType<Provider['Client']>;

/** The grants whose token requests ask for their scope; in others it is that of a code or a refresh token. */
const ASKING_FOR_SCOPE = new Set(['client_credentials', 'password', TOKEN_EXCHANGE, JWT_BEARER]);

interface ApiParameters {
  scope?: string;
  resource?: string | string[];
  grant_type?: string;
  subject_token_type?: string;
}

/** Configures the library's resource indicators for the APIs. */
export function resourceIndicators(apis: Apis): NonNullable<Configuration['features']>['resourceIndicators'] {
  /** The requests whose scope is settled: the library asks once for each API that a request names. */
  const settled = new WeakSet<object>();
  return {
    enabled: true,
    defaultResource: (ctx, client, granted) =>
      granted === undefined ? namedByScope(ctx, client, apis) : onlyGranted(ctx, [granted].flat(), apis),
    // A client that asked for scopes of an API gets a token for the API, even if it asked for OpenID Connect too.
    useGrantedResource: (_ctx, { scopes }) => [...scopes].some((scope) => !isOidcScope(scope)),
    getResourceServerInfo(ctx, indicator, client) {
      const api = existing(indicator, apis);
      if (hasScopeAlready(ctx)) requireGranted(ctx, api, indicator);
      else if (!settled.has(ctx)) settleScope(ctx, client, apis);
      settled.add(ctx);
      return resourceServer(api, client, kindOf(ctx));
    },
  };
}

/** An API for the library: with the scopes that this client may ask for, and the shorter lifetime if the client has one. */
export function resourceServer(api: Api, client: Client, kind: TokenKind): ResourceServer {
  const ttl = typeof client.access_token_ttl === 'number' ? client.access_token_ttl : api.accessTokenTtl;
  return {
    scope: allowedScopes(api, asking(client, kind)).join(' '),
    audience: api.resource,
    accessTokenTTL: Math.min(ttl, api.accessTokenTtl),
    accessTokenFormat: api.accessTokenFormat,
    jwt: { sign: { alg: api.signingAlg as 'ES256' } },
  };
}

/**
 * The one API that a request of a grant without a user's page is for.
 *
 * @throws {errors.InvalidTarget} when it names none that there is, or several
 */
export function onlyApi(ctx: KoaContextWithOIDC, client: Client, apis: Apis): Api {
  const { resource } = ctx.oidc.params as ApiParameters;
  const named = [resource ?? namedByScope(ctx, client, apis) ?? []].flat().map((one) => existing(one, apis));
  if (named.length > 1) throw severalNamed();
  if (named[0] === undefined) throw refused({ reason: 'no_scope' });
  return named[0];
}

/**
 * Replaces a request's `scope` with the scopes to grant. The library would silently drop an unknown scope, and would grant
 * nothing to a client that asks for nothing. A code or a refresh token has its scope already.
 *
 * @throws {errors.InvalidScope} when a requested scope is not one that the client may ask for, unless OpenID Connect has it ignored
 */
export function settleScope(
  ctx: KoaContextWithOIDC,
  client: Client,
  apis: Apis,
  named = namedIn(ctx, apis),
): void {
  const params = ctx.oidc.params as ApiParameters;
  if (hasScopeAlready(ctx)) return;
  params.scope = orThrow(decideScope(params.scope, named, asking(client, kindOf(ctx)), apis));
}

/** The identifiers of the APIs that the requested scopes name; undefined when they name none. */
function namedByScope(ctx: KoaContextWithOIDC, client: Client, apis: Apis): string[] | undefined {
  const params = ctx.oidc.params as ApiParameters;
  const named = orThrow(apisOf(params.scope, asking(client, kindOf(ctx)), apis));
  if (named.length > 0) return named.map(({ resource }) => resource);
  settleScope(ctx, client, apis, []);
  return undefined;
}

/**
 * The API of a grant that a token is for, when the token request names none: the only one of which something was granted, with all
 * requested scopes.
 *
 * @throws {errors.InvalidTarget} when there is none, or more than one
 */
function onlyGranted(ctx: KoaContextWithOIDC, resources: string[], apis: Apis): string {
  if (ctx.oidc.params?.resource !== undefined) throw severalNamed();
  const requested = requestedOfApis(ctx);
  const having = resources.filter((resource) => {
    const api = apis.find(resource);
    const granted = api === undefined ? new Set() : grantedOf(ctx, api, resource);
    return granted.size > 0 && requested.every((scope) => granted.has(scope));
  });
  if (having[0] === undefined) throw new errors.InvalidTarget();
  if (having.length > 1) throw new errors.InvalidTarget('several APIs were granted; name one by resource');
  return having[0];
}

/**
 * Requires that something of an API was granted, and all scopes of APIs that a refresh asks for.
 *
 * @throws {errors.InvalidTarget} when a token would be for an API of which the user has allowed nothing
 */
function requireGranted(ctx: KoaContextWithOIDC, api: Api, resource: string): void {
  const granted = grantedOf(ctx, api, resource);
  if (granted.size === 0) throw new errors.InvalidTarget('nothing of this API was granted');
  const elsewhere = requestedOfApis(ctx).find((scope) => !granted.has(scope));
  if (elsewhere !== undefined) throw refused({ reason: 'scope_elsewhere', scope: elsewhere });
}

/**
 * The scopes of an API that the code or the refresh token of a token request stands for, and that its client may still ask for:
 * its registration and the API may have changed since.
 */
function grantedOf({ oidc }: KoaContextWithOIDC, api: Api, resource: string): Set<string> {
  const { Grant, RefreshToken, AuthorizationCode, DeviceCode } = oidc.entities;
  const source = RefreshToken ?? AuthorizationCode ?? DeviceCode;
  const granted = source && Grant?.getResourceScopeFiltered(resource, source.scopes);
  const allowed = allowedScopes(api, asking(oidc.client ?? {}, 'user'));
  return new Set(granted?.split(' ').filter((scope) => allowed.includes(scope)));
}

/** What a token request asks for beside the scopes of OpenID Connect. */
function requestedOfApis({ oidc }: KoaContextWithOIDC): string[] {
  const { scope = '' } = oidc.params as ApiParameters;
  return scope.split(' ').filter((one) => one !== '' && !isOidcScope(one));
}

function severalNamed(): Error {
  return new errors.InvalidTarget('name one API by resource: a token is for one');
}

function namedIn({ oidc }: KoaContextWithOIDC, apis: Apis): Api[] {
  return [(oidc.params as ApiParameters).resource ?? []].flat().map((resource) => existing(resource, apis));
}

/** @throws {errors.InvalidTarget} when there is no such API (RFC 8707 §2) */
function existing(resource: string, apis: Apis): Api {
  const api = apis.find(resource);
  if (api === undefined) throw new errors.InvalidTarget();
  return api;
}

/** Whether the scope was decided before the token request: it is that of a code, a device code or a refresh token. */
function hasScopeAlready(ctx: KoaContextWithOIDC): boolean {
  const { grant_type: grantType = '' } = ctx.oidc.params as ApiParameters;
  return ctx.oidc.route === 'token' && !ASKING_FOR_SCOPE.has(grantType);
}

/** A workload gets the client's own token, whether by the grant that is for it or in exchange. */
function kindOf({ oidc }: KoaContextWithOIDC): TokenKind {
  const { grant_type: grantType, subject_token_type: exchanged } = oidc.params as ApiParameters;
  const isOwn =
    grantType === 'client_credentials' ||
    grantType === JWT_BEARER ||
    (grantType === TOKEN_EXCHANGE && exchanged === JWT);
  return oidc.route === 'token' && isOwn ? 'client' : 'user';
}

/** An `invalid_scope` that is about no scope by name, which the library's own always is. */
class NoScope extends errors.InvalidScope {
  constructor() {
    super('the client is registered for no scope of this API', '');
    Reflect.deleteProperty(this, 'scope');
  }
}

function orThrow<T>(result: Result<T, ScopeRefusal>): T {
  if (!result.ok) throw refused(result.refusal);
  return result.value;
}

function refused({ reason, scope = '' }: ScopeRefusal): Error {
  switch (reason) {
    case 'unknown_scope':
      return new errors.InvalidScope('requested scope does not exist', scope);
    case 'scope_elsewhere':
      return new errors.InvalidScope(
        'requested scope is not allowed to this client, or not at this API',
        scope,
      );
    case 'no_scope':
      return new NoScope();
    case 'several_apis':
      return new errors.InvalidTarget('more than one API is meant; name one by resource');
  }
}
