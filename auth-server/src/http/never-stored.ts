/** Keeps answers that may hold tokens, codes or secrets out of every cache. */
import type { Middleware } from 'koa';

/** `Cache-Control: no-store` and, for RFC 6749 §5.1, `Pragma: no-cache` on the answer to every POST. */
export function neverStorePosts(): Middleware {
  return function neverStorePostsMiddleware(ctx, next) {
    if (ctx.method === 'POST') ctx.set({ 'Cache-Control': 'no-store', Pragma: 'no-cache' });
    return next();
  };
}

/** `Cache-Control: no-store` on every answer. */
export function neverStore(): Middleware {
  return function neverStoreMiddleware(ctx, next) {
    ctx.set('Cache-Control', 'no-store');
    return next();
  };
}
