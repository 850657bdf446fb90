/** Lets go of a request that is answered. */
import type { Middleware } from 'koa';

/**
 * Empties the contexts, ours and the library's, of a request whose work has ended and whose answer is sent.
 *
 * The library defines a getter on each context, which V8 keeps among its old objects, and with it all that can be
 * reached from there, until it looks through those too. That would be the whole request.
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
      // When the caller left early, the steps around this one have yet to end.
      if (ctx.res.closed) setImmediate(releaseContextOf);
      else ctx.res.once('close', releaseContextOf);
    }
  };
}

function empty(object: object): void {
  for (const key of Object.keys(object)) Reflect.set(object, key, undefined);
}
