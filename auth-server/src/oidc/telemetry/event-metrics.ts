/** Metrics of what the library does: tokens issued and refused, and the results of introspections. */
import type { Context } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Metrics } from 'shared/telemetry/metrics.ts';
import { TOKEN_EXCHANGE } from '../../core/exchange/grant-type.ts';
import { JWT_BEARER } from '../../core/workloads/jwt-bearer.ts';

/** The grant types that have a label of their own. Callers can make up others. */
const GRANT_TYPES = new Set([
  'authorization_code',
  'client_credentials',
  'password',
  'refresh_token',
  'urn:ietf:params:oauth:grant-type:device_code',
  TOKEN_EXCHANGE,
  JWT_BEARER,
]);

/** Counts the answers of the token endpoint, except outages, which are not refusals. */
export function countTokens(metrics: Metrics): (ctx: Context) => void {
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
  for (const grant_type of GRANT_TYPES) issued.inc({ grant_type }, 0);
  return function countTokensOf(ctx) {
    if (routeOf(ctx) !== 'token') return;
    const grant_type = grantType(ctx as unknown as KoaContextWithOIDC);
    if (ctx.status === 200) issued.inc({ grant_type });
    else if (ctx.status < 500) refused.inc({ grant_type, error: errorOf(ctx) });
  };
}

/** Counts token exchanges by their result: `issued`, or the error of the answer. Outages are no results. */
export function countExchanges(metrics: Metrics): (ctx: Context) => void {
  const exchanges = metrics.counter({
    name: 'oauth_token_exchanges_total',
    help: 'Token exchanges by their result: issued, or the error of the answer.',
    labelNames: ['result'],
  });
  exchanges.inc({ result: 'issued' }, 0);
  return function countExchangesOf(ctx) {
    if (routeOf(ctx) !== 'token' || ctx.status >= 500) return;
    if (grantType(ctx as unknown as KoaContextWithOIDC) !== TOKEN_EXCHANGE) return;
    exchanges.inc({ result: ctx.status === 200 ? 'issued' : errorOf(ctx) });
  };
}

/** Counts the answers of the introspection endpoint. `active` are those whose token the policy let the client see. */
export function countIntrospections(metrics: Metrics): (ctx: Context) => void {
  const answers = metrics.counter({
    name: 'oauth_introspections_total',
    help: 'Introspection requests by their result.',
    labelNames: ['result'],
  });
  for (const result of ['active', 'inactive', 'refused']) answers.inc({ result }, 0);
  return function countIntrospectionsOf(ctx) {
    if (routeOf(ctx) !== 'introspection' || ctx.status >= 500) return;
    const told = ctx.state.introspected === true ? 'active' : 'inactive';
    answers.inc({ result: ctx.status === 200 ? told : 'refused' });
  };
}

/** The name of the library's route for a request, even if we answer in its place; undefined when there is none. */
export function routeOf(ctx: Context): string | undefined {
  return (ctx as Partial<KoaContextWithOIDC>).oidc?.route ?? ctx.state.route;
}

/** The error code of an answer. Only the library and we set it, so callers cannot make up label values. */
function errorOf({ body }: Context): string {
  return (body as { error?: string } | undefined)?.error ?? 'none';
}

function grantType({ oidc: { params } }: KoaContextWithOIDC): string {
  const asked = String(params?.grant_type);
  return GRANT_TYPES.has(asked) ? asked : 'other';
}
