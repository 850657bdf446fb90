/** The API as the library sees it: its identifier (RFC 8707), its scopes and the form of its tokens. */
import { type Configuration, errors, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider';
import { decideScope, OIDC_SCOPES, SCOPES } from '../core/scopes.ts';
import { ACCESS_TOKEN_TTL } from './jwt-access-tokens.ts';

export interface Api {
  /** The resource indicator, which is also the audience of its tokens. */
  resource: string;
  /** The signature algorithm of its tokens. */
  alg: string;
}

/** The library's feature, for our one API. */
export function resourceIndicators(api: Api): NonNullable<Configuration['features']>['resourceIndicators'] {
  return {
    enabled: true,
    defaultResource: (_ctx, _client, oneOf) => oneOf ?? api.resource,
    // A client that asked for the API's scopes gets a token for the API, though it asked for OpenID Connect too.
    useGrantedResource: (_ctx, { scopes }) => SCOPES.some((scope) => scopes.has(scope)),
    getResourceServerInfo(ctx, indicator) {
      const info = resourceServer(indicator, api);
      settleScope(ctx);
      return info;
    },
  };
}

/**
 * The API that a resource indicator names.
 *
 * @throws {errors.InvalidTarget} for any other indicator (RFC 8707 §2)
 */
export function resourceServer(indicator: string, { resource, alg }: Api): ResourceServer {
  if (indicator !== resource) throw new errors.InvalidTarget();
  return {
    scope: SCOPES.join(' '),
    audience: resource,
    accessTokenTTL: ACCESS_TOKEN_TTL,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: alg as 'ES256' } },
  };
}

/** Where a user is asked, OpenID Connect's scopes are known too. */
const WITH_OIDC = [...SCOPES, ...OIDC_SCOPES];

/**
 * Replaces a request's `scope` by what is to be granted. The library would drop an unknown scope without a word,
 * and grants nothing to a client that asks for nothing. A code or a refresh token has its scope already.
 *
 * @throws {errors.InvalidScope} when a scope does not exist
 */
export function settleScope(ctx: KoaContextWithOIDC): void {
  const params = ctx.oidc.params as { scope?: string; grant_type?: string };
  const ownToken = params.grant_type === 'client_credentials' || params.grant_type === 'password';
  if (ctx.oidc.route === 'token' && !ownToken) return;
  const decision = decideScope(params.scope, ownToken ? SCOPES : WITH_OIDC);
  if ('unknown' in decision) {
    throw new errors.InvalidScope('requested scope does not exist', decision.unknown);
  }
  params.scope = decision.granted;
}
