/** Which route of a router answers a request, for the log and the metrics, and which methods its path has. */
import type { RouterContext } from '@koa/router';
import type { Context } from 'koa';

/** The pattern of the route, such as `/current_time`; undefined when there is none. */
export function matchedRoute(ctx: Context): string | undefined {
  const { _matchedRoute: route } = ctx as unknown as RouterContext;
  return typeof route === 'string' ? route : undefined;
}

/** The methods of all routes at the path of a request; undefined when there is none. */
export function methodsOfPath(ctx: Context): string[] | undefined {
  const { matched = [] } = ctx as unknown as RouterContext;
  const methods = new Set(matched.flatMap((route) => route.methods));
  return methods.size === 0 ? undefined : [...methods].sort();
}
