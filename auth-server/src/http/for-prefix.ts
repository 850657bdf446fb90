/** Keeps a router out of the way of requests that are not its own. */
import type Router from '@koa/router';
import type { Middleware } from 'koa';

/** A router's middleware, passed by for paths that do not begin with a prefix. */
export function forPrefix(prefix: string, router: Router): Middleware[] {
  // The router gives the context what its types ask for.
  const middleware = [router.routes(), router.allowedMethods()] as unknown as Middleware[];
  return middleware.map(
    (use) =>
      function underMiddleware(ctx, next) {
        return ctx.path.startsWith(prefix) ? use(ctx, next) : next();
      },
  );
}
