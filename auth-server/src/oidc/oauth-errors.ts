/** Makes the library's error answers follow RFC 6749 §5.2 exactly. */
import type { Context, Middleware, Next } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { Unavailable } from 'shared/core/unavailable.ts';
import { logOutage } from 'shared/http/outages.ts';
import type { Logger } from 'shared/telemetry/logger.ts';
import { oauthError } from './library-outages.ts';

/** How long callers are told to wait during an outage, in seconds. */
const RETRY_AFTER_S = '1';

interface ErrorBody {
  error?: string;
  error_description?: string;
}

/**
 * Corrects the error answers:
 * - A request without client authentication is `invalid_client`, 401; the library says `invalid_request`.
 * - A grant that the client is not registered for is `unauthorized_client`; the library says `invalid_request`.
 * - Every 401 names the scheme to use (RFC 9110 §11.6.1), also for clients that sent their secret in the form.
 * - An unexpected failure has no description.
 * - An outage after the library has answered, because its writes could not be kept, gets the library's answer to an outage.
 * - An outage says when to try again (RFC 9110 §15.6.4).
 */
export function exactOAuthErrors(issuer: string, log: Logger): Middleware {
  return async function exactOAuthErrorsMiddleware(ctx, next) {
    await tellingLateOutages(ctx, next, log);
    if (ctx.status < 400 || !('oidc' in ctx)) return;
    const { oidc } = ctx as unknown as KoaContextWithOIDC;
    const { error } = (ctx.body ?? {}) as ErrorBody;
    if (error === 'invalid_request' && authenticates.has(oidc.route) && isAnonymous(oidc)) {
      ctx.body = { error: 'invalid_client', error_description: 'client authentication is required' };
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
async function tellingLateOutages(ctx: Context, next: Next, log: Logger): Promise<void> {
  try {
    await next();
  } catch (failure) {
    const forProgram = 'oidc' in ctx && ctx.accepts('json', 'html') !== 'html';
    if (!(failure instanceof Unavailable) || !forProgram) throw failure;
    logOutage(failure, log);
    const { status, error, error_description } = oauthError(failure);
    ctx.remove('Location');
    ctx.status = status;
    ctx.body = { error, error_description };
  }
}

/** The library's routes at which a client authenticates. */
export const authenticates = new Set([
  'token',
  'introspection',
  'revocation',
  'device_authorization',
  'pushed_authorization_request',
]);

/** Whether neither the form nor a readable Authorization header names a client. */
function isAnonymous({ client, body }: KoaContextWithOIDC['oidc']): boolean {
  return (
    client === undefined &&
    body !== undefined &&
    ['client_id', 'client_secret', 'client_assertion'].every((name) => body[name] === undefined)
  );
}

function isForeignGrant({ route, client, params }: KoaContextWithOIDC['oidc']): boolean {
  const grantType =
    route === 'device_authorization' ? 'urn:ietf:params:oauth:grant-type:device_code' : params?.grant_type;
  return typeof grantType === 'string' && client?.grantTypeAllowed(grantType) === false;
}
