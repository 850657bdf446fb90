/** The APIs as the library sees them: their identifiers (RFC 8707), their scopes and the form of their tokens. */
import { type Configuration, errors, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider';
import { sameResource } from 'shared/core/resource-indicators.ts';
import { ADMIN_SCOPES, mayAdminister } from '../../core/apis/admin-scopes.ts';
import { decideScope, OIDC_SCOPES, SCOPES } from '../../core/apis/scopes.ts';
import { ACCESS_TOKEN_TTL, type AccessTokenLifetimes } from '../lifetimes.ts';

/** The identifiers of our APIs, and how their tokens are signed. */
export interface Api {
  /** The resource indicator, which is also the audience of its tokens. */
  resource: string;
  /** The resource indicator of the admin API, if there is one. */
  adminResource: string | undefined;
  /** The signature algorithm of its tokens. */
  alg: string;
  lifetimes: AccessTokenLifetimes;
}

/** Configures the library's resource indicators for our two APIs. */
export function resourceIndicators(api: Api): NonNullable<Configuration['features']>['resourceIndicators'] {
  return {
    enabled: true,
    defaultResource: (_ctx, _client, oneOf) => oneOf ?? api.resource,
    // A client that asked for scopes of an API gets a token for the API, even if it asked for OpenID Connect too.
    useGrantedResource: (_ctx, { scopes }) => [...SCOPES, ...ADMIN_SCOPES].some((scope) => scopes.has(scope)),
    getResourceServerInfo(ctx, indicator, client) {
      const info =
        api.adminResource !== undefined && sameResource(indicator, api.adminResource)
          ? adminServer(client, { ...api, adminResource: api.adminResource })
          : resourceServer(indicator, api);
      settleScope(ctx, info.scope.split(' '), api);
      return info;
    },
  };
}

/**
 * The API that a resource indicator names.
 *
 * @throws {errors.InvalidTarget} for any other indicator (RFC 8707 §2)
 */
export function resourceServer(indicator: string, { resource, alg, lifetimes }: Api): ResourceServer {
  if (!sameResource(indicator, resource)) throw new errors.InvalidTarget();
  return {
    scope: SCOPES.join(' '),
    audience: resource,
    accessTokenTTL: lifetimes.get(resource) ?? ACCESS_TOKEN_TTL,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: alg as 'ES256' } },
  };
}

/**
 * The admin API, for clients that the operator allows to administer.
 *
 * @throws {errors.InvalidTarget} for any other client
 */
function adminServer(client: Record<string, unknown>, api: Api & { adminResource: string }): ResourceServer {
  if (!mayAdminister(client)) throw new errors.InvalidTarget();
  return {
    ...resourceServer(api.resource, api),
    scope: ADMIN_SCOPES.join(' '),
    audience: api.adminResource,
    accessTokenTTL: api.lifetimes.get(api.adminResource) ?? ACCESS_TOKEN_TTL,
  };
}

/**
 * Replaces a request's `scope` with the scopes to grant. The library would silently drop an unknown scope, and would grant
 * nothing to a client that asks for nothing. A code or a refresh token has its scope already.
 *
 * @param known the scopes of the API; if a user is asked, those of OpenID Connect are known too
 * @param adminResource the identifier of the admin API, whose scopes exist if there is one
 * @throws {errors.InvalidScope} when a requested scope does not exist, unless OpenID Connect has it ignored
 */
export function settleScope(
  ctx: KoaContextWithOIDC,
  known: readonly string[],
  { adminResource }: Pick<Api, 'adminResource'>,
): void {
  const params = ctx.oidc.params as { scope?: string; grant_type?: string };
  const ownToken = params.grant_type === 'client_credentials' || params.grant_type === 'password';
  if (ctx.oidc.route === 'token' && !ownToken) return;
  const elsewhere = [...SCOPES, ...(adminResource === undefined ? [] : ADMIN_SCOPES)];
  const decision = decideScope(params.scope, ownToken ? known : [...known, ...OIDC_SCOPES], elsewhere);
  if (!decision.ok) throw new errors.InvalidScope('requested scope does not exist', decision.refusal.scope);
  params.scope = decision.value;
}
