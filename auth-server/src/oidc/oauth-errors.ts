/** Makes the library's error answers follow RFC 6749 §5.2 exactly. */
import type { Context, Middleware } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { Unavailable } from 'shared/core/unavailable.ts';
import { bodyOf } from 'shared/http/body-limit.ts';
import { logOutage } from 'shared/http/outages.ts';
import type { Logger } from 'shared/telemetry/logger.ts';
import { BROWSER_ROUTES, TAKEN_AT } from './endpoints.ts';
import { oauthError } from './library-outages.ts';
import { clientFault } from './refused-clients.ts';

/** How long callers are told to wait during an outage, in seconds. */
const RETRY_AFTER_S = '1';

interface ErrorBody {
  error?: string;
  error_description?: string;
}

/**
 * Corrects the error answers:
 * - A body of another media type is 415 (RFC 9110 §15.5.16); the library says 400, or misses what it could not read there.
 * - A request that names no client is `invalid_client`, 401, with what is wrong; the library says `invalid_request`.
 * - A grant that the client is not registered for is `unauthorized_client`; the library says `invalid_request`.
 * - Every 401 names the scheme to use (RFC 9110 §11.6.1), also for clients that sent their secret in the form.
 * - An unexpected failure has no description.
 * - An outage after the library has answered, because its writes could not be kept, gets the library's answer to an outage.
 * - An outage says when to try again (RFC 9110 §15.6.4).
 */
export function exactOAuthErrors(issuer: string, log: Logger): Middleware {
  return async function exactOAuthErrorsMiddleware(ctx, next) {
    try {
      await next();
    } catch (failure) {
      tellLateOutage(ctx, failure, log);
    }
    if (ctx.status < 400 || !('oidc' in ctx)) return;
    const { oidc } = ctx as unknown as KoaContextWithOIDC;
    const { error, error_description: described } = (ctx.body ?? {}) as ErrorBody;
    const fault =
      error === 'invalid_request' && authenticates.has(oidc.route)
        ? clientFault(ctx as unknown as KoaContextWithOIDC, described)
        : undefined;
    const taken = ctx.status === 400 || ctx.status === 401 ? TAKEN_AT[oidc.route] : undefined;
    if (taken !== undefined && isOfOtherType(ctx, taken)) {
      ctx.body = { error: 'invalid_request', error_description: `send ${taken}` };
      ctx.status = 415;
      ctx.remove('WWW-Authenticate');
      if (ctx.method === 'POST') ctx.set('Accept-Post', taken);
    } else if (fault !== undefined) {
      ctx.body = { error: 'invalid_client', error_description: fault };
      ctx.status = 401;
    } else if (error === 'invalid_request' && isForeignGrant(oidc)) {
      ctx.body = {
        error: 'unauthorized_client',
        error_description: 'the client is not registered for this grant',
      };
    } else if (error === 'server_error') {
      ctx.body = { error };
    }
    if (ctx.status === 503) ctx.set('Retry-After', RETRY_AFTER_S);
    if (ctx.status === 401 && authenticates.has(oidc.route) && !ctx.response.get('www-authenticate')) {
      ctx.set('WWW-Authenticate', `Basic realm="${issuer}"`);
    }
  };
}

/** Tells programs at the library's routes of a late outage. Pages for people, and other routes, get a problem answer. */
function tellLateOutage(ctx: Context, failure: unknown, log: Logger): void {
  if (!(failure instanceof Unavailable) || !isForProgram(ctx)) throw failure;
  logOutage(failure, log);
  const { status, error, error_description } = oauthError(failure);
  ctx.remove('Location');
  ctx.status = status;
  ctx.body = { error, error_description };
}

function isForProgram(ctx: Context): boolean {
  if (!('oidc' in ctx)) return false;
  const { route } = (ctx as unknown as KoaContextWithOIDC).oidc;
  return !BROWSER_ROUTES.has(route) || ctx.accepts('json', 'html') !== 'html';
}

/** Whether a request has a body that the library cannot read as this type, for which it may blame what it did not find there. */
function isOfOtherType(ctx: Context, type: string): boolean {
  const encoding = ctx.get('content-encoding');
  return bodyOf(ctx) !== '' && (!ctx.is(type) || (encoding !== '' && encoding !== 'identity'));
}

/** The library's routes at which a client authenticates. */
export const authenticates = new Set([
  'token',
  'introspection',
  'revocation',
  'device_authorization',
  'pushed_authorization_request',
]);

function isForeignGrant({ route, client, params }: KoaContextWithOIDC['oidc']): boolean {
  const grantType =
    route === 'device_authorization' ? 'urn:ietf:params:oauth:grant-type:device_code' : params?.grant_type;
  return typeof grantType === 'string' && client?.grantTypeAllowed(grantType) === false;
}
