/** Which route of a router answers a request, for the log and the metrics. */
import type { RouterContext } from '@koa/router';
import type { Context } from 'koa';

/** The pattern of the route, such as `/current_time`; undefined when there is none. */
export function matchedRoute(ctx: Context): string | undefined {
  const { _matchedRoute: route } = ctx as unknown as RouterContext;
  return typeof route === 'string' ? route : undefined;
}
