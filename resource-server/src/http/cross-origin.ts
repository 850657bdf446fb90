/** Lets applications in browsers, of other origins, call the API (the CORS protocol of the Fetch standard). */
import type { Context, Middleware } from 'koa';

/** How long a browser may keep the answer to a preflight, in seconds. */
const MAX_AGE_S = '3600';

/** What an application sends with a call: its token, and the proof that belongs to it (RFC 9449 §7.1). */
const SENT = 'Authorization, DPoP';

/** What an application may read of an answer: why it was refused, when to try again, and by what name the log has it. */
const READABLE = 'WWW-Authenticate, DPoP-Nonce, Retry-After, X-Request-Id';

/**
 * Lets applications of these origins read every answer, and applications of all origins those at the public path. Cookies
 * never count. It comes before everything else, so that applications can read refusals too.
 *
 * @param origins as browsers write them in `Origin`
 * @param publicPath the path of what everybody may read
 */
export function allowOrigins(origins: string[], publicPath: string): Middleware {
  const allowed = new Set(origins);
  return function allowOriginsMiddleware(ctx, next) {
    if (ctx.req.url === publicPath) {
      allow(ctx, '*', '*');
    } else if (allowed.size > 0) {
      ctx.vary('Origin');
      const { origin } = ctx.req.headers;
      if (origin !== undefined && allowed.has(origin)) allow(ctx, origin, SENT);
    }
    return next();
  };
}

/** The router answers the preflight itself, as any OPTIONS request: what lets the call through is in these headers. */
function allow(ctx: Context, origin: string, sent: string): void {
  ctx.set('Access-Control-Allow-Origin', origin);
  if (ctx.method !== 'OPTIONS') {
    ctx.set('Access-Control-Expose-Headers', READABLE);
    return;
  }
  ctx.set({
    'Access-Control-Allow-Methods': 'GET',
    'Access-Control-Allow-Headers': sent,
    'Access-Control-Max-Age': MAX_AGE_S,
  });
}
