/** Keeps the addresses of browsers for visits. */
import type { Middleware } from 'koa';
import { refuseLookingAhead } from 'shared/http/look-ahead.ts';

/**
 * Refuses requests for these paths, and for those below them, that only look at what a visit would bring. Such a visit may
 * use up a code, an interaction or a pushed request, or sign somebody in.
 */
export function onlyVisits(paths: string[]): Middleware {
  return function onlyVisitsMiddleware(ctx, next) {
    if (ctx.method === 'POST') return next();
    // The library's router, and ours, take paths in upper and lower case.
    const asked = ctx.path.toLowerCase();
    const path = paths.find((one) => asked === one || asked.startsWith(`${one}/`));
    if (path !== undefined) refuseLookingAhead(ctx, asked === path ? 'GET, POST' : 'GET');
    return next();
  };
}
