/** Makes the library's error answers exact to RFC 6749 §5.2. */
import type { Middleware } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';

/** What who comes during an outage is told to wait, in seconds. */
const RETRY_AFTER_S = '1';

interface ErrorBody {
  error?: string;
  error_description?: string;
}

/**
 * - A request without client authentication is `invalid_client`, 401; the library says `invalid_request`.
 * - A grant that the client is not registered for is `unauthorized_client`; the library says `invalid_request`.
 * - Every 401 names the scheme to use (RFC 9110 §11.6.1), also for clients that sent their secret in the form.
 * - An unexpected failure has no description.
 * - An outage says when to try again (RFC 9110 §15.6.4).
 */
export function exactOAuthErrors(issuer: string): Middleware {
  return async function exactOAuthErrorsMiddleware(ctx, next) {
    await next();
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

/** The library's routes at which a client authenticates. */
const authenticates = new Set([
  'token',
  'introspection',
  'revocation',
  'device_authorization',
  'pushed_authorization_request',
]);

/** Whether neither the form nor an Authorization header that can be read names a client. */
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
