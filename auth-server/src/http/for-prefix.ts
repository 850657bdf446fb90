/** Lets a router see only the requests under its own path. */
import type Router from '@koa/router';
import type { Middleware } from 'koa';
import { routesOf } from 'shared/http/service-app.ts';

/** A router's middleware, skipped when the path does not begin with the prefix. */
export function forPrefix(prefix: string, router: Router): Middleware[] {
  return routesOf(router).map(
    (use) =>
      function forPrefixMiddleware(ctx, next) {
        return ctx.path.startsWith(prefix) ? use(ctx, next) : next();
      },
  );
}
