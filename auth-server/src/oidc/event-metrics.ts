/** What the library does, as metrics: tokens issued and refused, and what introspection answers. */
import type { Context, Middleware } from 'koa';
import type { errors, KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Metrics } from 'shared/metrics.ts';

/** The grants that are told apart; anyone may ask for others. */
const GRANT_TYPES = new Set([
  'authorization_code',
  'client_credentials',
  'password',
  'refresh_token',
  'urn:ietf:params:oauth:grant-type:device_code',
]);

/** Counts the answers of the token endpoint. */
export function countTokens(provider: Provider, metrics: Metrics): void {
  const issued = metrics.counter({
    name: 'oauth_tokens_issued_total',
    help: 'Token requests that were granted.',
    labelNames: ['grant_type'],
  });
  const refused = metrics.counter({
    name: 'oauth_tokens_refused_total',
    help: 'Token requests that were refused, by the error of RFC 6749 §5.2.',
    labelNames: ['grant_type', 'error'],
  });
  provider.on('grant.success', (ctx) => issued.inc({ grant_type: grantType(ctx) }));
  provider.on('grant.error', (ctx, { error }: errors.OIDCProviderError) =>
    refused.inc({ grant_type: grantType(ctx), error }),
  );
}

/** Counts the answers of the introspection endpoint; `allowedPolicy` notes of which token it told. */
export function countIntrospections(metrics: Metrics): Middleware {
  const answers = metrics.counter({
    name: 'oauth_introspections_total',
    help: 'Introspection requests by their result.',
    labelNames: ['result'],
  });
  return async function countIntrospectionsMiddleware(ctx, next) {
    await next();
    if (routeOf(ctx) !== 'introspection') return;
    const told = ctx.state.introspected === true ? 'active' : 'inactive';
    answers.inc({ result: ctx.status === 200 ? told : 'refused' });
  };
}

/** The name of the library's route that answers a request; undefined when it is not the library's. */
export function routeOf(ctx: Context): string | undefined {
  return (ctx as Partial<KoaContextWithOIDC>).oidc?.route;
}

function grantType({ oidc: { params } }: KoaContextWithOIDC): string {
  const asked = String(params?.grant_type);
  return GRANT_TYPES.has(asked) ? asked : 'other';
}
