/** Keeps a router out of the way of requests that are not its own. */
import type Router from '@koa/router';
import type { Middleware } from 'koa';
import { routesOf } from 'shared/http/service-app.ts';

/** A router's middleware, passed by for paths that do not begin with a prefix. */
export function forPrefix(prefix: string, router: Router): Middleware[] {
  return routesOf(router).map(
    (use) =>
      function forPrefixMiddleware(ctx, next) {
        return ctx.path.startsWith(prefix) ? use(ctx, next) : next();
      },
  );
}
