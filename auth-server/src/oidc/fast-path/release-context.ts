/** Frees the memory of requests that are answered. */
import type { Middleware } from 'koa';

/**
 * Empties the contexts of a request, ours and the library's, when its work has ended and its answer is sent.
 *
 * The library defines a getter on each context. V8 keeps that getter among its old objects, and with it everything that it
 * leads to, until it collects those too. That would be the whole request.
 */
export function releaseContext(): Middleware {
  return async function releaseContextMiddleware(ctx, next) {
    try {
      await next();
    } finally {
      const releaseContextOf = () => {
        if ('oidc' in ctx) empty(ctx.oidc as object);
        empty(ctx);
      };
      // When the caller has left early, the middleware around this one has yet to end.
      if (ctx.res.closed) setImmediate(releaseContextOf);
      else ctx.res.once('close', releaseContextOf);
    }
  };
}

function empty(object: object): void {
  for (const key of Object.keys(object)) Reflect.set(object, key, undefined);
}
