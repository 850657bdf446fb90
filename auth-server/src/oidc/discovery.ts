/** Completes the metadata document (RFC 8414 §2) by what the library does not know it serves. */
import type { Middleware } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { OIDC_SCOPES, SCOPES } from '../core/scopes.ts';

/** Lists the API's scopes beside those of OpenID Connect. */
export function completeDiscovery(): Middleware {
  return async function completeDiscoveryMiddleware(ctx, next) {
    await next();
    const { oidc } = ctx as Partial<KoaContextWithOIDC>;
    if (oidc?.route === 'discovery' && ctx.status === 200) {
      ctx.body = { ...(ctx.body as object), scopes_supported: [...OIDC_SCOPES, ...SCOPES] };
    }
  };
}
