/** Answers with an empty JSON object where the library answers with nothing. */
import type { Middleware } from 'koa';

/**
 * Sends `{}` in place of an empty answer of one of the paths, if the client prefers JSON. The content of a revocation
 * response has no meaning (RFC 7009 §2.2), but some clients, such as simple-oauth2, take an answer that is not JSON for a
 * failure.
 */
export function emptyAsJson(paths: string[]): Middleware {
  return async function emptyAsJsonMiddleware(ctx, next) {
    await next();
    const empty = ctx.status === 200 && ctx.body === '' && paths.includes(ctx.path);
    if (empty && ctx.accepts('text', 'json') === 'json') ctx.body = {};
  };
}
