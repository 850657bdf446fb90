/** Keeps the addresses of browsers for visits. */
import type { Middleware } from 'koa';
import { refuseLookingAhead } from 'shared/http/look-ahead.ts';

/**
 * Refuses requests that only look at what a visit would bring. Such a visit may use up a code, an interaction or a pushed
 * request, or sign somebody in.
 *
 * @param methodsAt what an address for browsers answers; undefined for any other
 */
export function onlyVisits(methodsAt: (path: string) => readonly string[] | undefined): Middleware {
  return function onlyVisitsMiddleware(ctx, next) {
    const methods = ctx.method === 'POST' ? undefined : methodsAt(ctx.path);
    if (methods?.includes('GET')) refuseLookingAhead(ctx, methods.join(', '));
    return next();
  };
}
