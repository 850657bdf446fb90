/** The API as the library sees it: its identifier (RFC 8707), its scopes and the form of its tokens. */
import { errors, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider';
import { decideScope, SCOPES } from '../core/scopes.ts';
import { ACCESS_TOKEN_TTL } from './jwt-access-tokens.ts';

export interface Api {
  /** The resource indicator, which is also the audience of its tokens. */
  resource: string;
  /** The signature algorithm of its tokens. */
  alg: string;
}

/**
 * The API that a resource indicator names.
 *
 * @throws {errors.InvalidTarget} for any other indicator (RFC 8707 §2)
 */
export function resourceServer(indicator: string, { resource, alg }: Api): ResourceServer {
  if (URL.parse(indicator)?.href !== new URL(resource).href) throw new errors.InvalidTarget();
  return {
    scope: SCOPES.join(' '),
    audience: resource,
    accessTokenTTL: ACCESS_TOKEN_TTL,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: alg as 'ES256' } },
  };
}

/**
 * Replaces the request's `scope` by what is to be granted. The library's own client_credentials grant would drop
 * an unknown scope without a word, and grants nothing to a client that asks for nothing.
 *
 * @throws {errors.InvalidScope} when a scope does not exist
 */
export function settleScope(ctx: KoaContextWithOIDC): void {
  const params = ctx.oidc.params as { scope?: string };
  const decision = decideScope(params.scope);
  if ('unknown' in decision)
    throw new errors.InvalidScope('requested scope does not exist', decision.unknown);
  params.scope = decision.granted;
}
