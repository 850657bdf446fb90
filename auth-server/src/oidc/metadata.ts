/** What discovery says beyond the library (RFC 8414 §2, OpenID Connect Prompt Create §4.1). */
import type { Context, Middleware, Next } from 'koa';
import type { Apis } from '../core/apis/apis.ts';
import { OIDC_SCOPES } from '../core/apis/scopes.ts';
import { promptPolicy } from './sign-in/interaction-policy.ts';

/** The endpoints at which clients authenticate as they do at the token endpoint. */
const LIKE_TOKEN = ['revocation_endpoint', 'introspection_endpoint'];

/**
 * Adds how clients authenticate at the other endpoints, since without it RFC 8414 has clients assume `client_secret_basic`;
 * and which prompts a request may have. Of the scopes that there are it leaves those of the APIs that are to be listed.
 */
export function completeMetadata(apis: Apis): Middleware {
  const listed = apis.all.filter(({ isListed }) => isListed);
  const scopes = [...new Set([...OIDC_SCOPES, ...listed.flatMap((api) => [...api.scopes.keys()])])];
  const prompts = ['none', ...promptPolicy().map(({ name }) => name)];
  return function completeMetadataMiddleware(ctx, next) {
    return ctx.method === 'POST' ? next() : completeAfter(ctx, next);
  };

  async function completeAfter(ctx: Context, next: Next): Promise<void> {
    await next();
    if (!('oidc' in ctx) || ctx._matchedRouteName !== 'discovery' || ctx.status !== 200) return;
    const metadata = ctx.body as Record<string, unknown>;
    const methods = metadata.token_endpoint_auth_methods_supported;
    const algs = metadata.token_endpoint_auth_signing_alg_values_supported;
    for (const endpoint of LIKE_TOKEN) {
      metadata[`${endpoint}_auth_methods_supported`] = methods;
      metadata[`${endpoint}_auth_signing_alg_values_supported`] = algs;
    }
    metadata.prompt_values_supported = prompts;
    metadata.scopes_supported = scopes;
  }
}
