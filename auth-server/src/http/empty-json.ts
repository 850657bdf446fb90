/** Answers with an empty JSON object where the library answers with nothing. */
import type { Context, Middleware, Next } from 'koa';

/**
 * Sends `{}` in place of an empty answer of one of the paths, if the client prefers JSON. The content of a revocation
 * response has no meaning (RFC 7009 §2.2), but some clients, such as simple-oauth2, take an answer that is not JSON for a
 * failure.
 */
export function emptyAsJson(paths: string[]): Middleware {
  return function emptyAsJsonMiddleware(ctx, next) {
    return paths.includes(ctx.path) ? fillAfter(ctx, next) : next();
  };
}

async function fillAfter(ctx: Context, next: Next): Promise<void> {
  await next();
  const isEmpty = ctx.status === 200 && ctx.body === '';
  if (isEmpty && ctx.accepts('text', 'json') === 'json') ctx.body = {};
}
