/** The outermost step of every request: its id, its context, and one log line when it is answered. */
import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';
import type { Logger } from '../logger.ts';
import { withRequestContext } from '../request-context.ts';

/** The header that carries the request id from service to service and back to the caller. */
export const REQUEST_ID_HEADER = 'X-Request-Id';

const ACCEPTED_ID = /^[A-Za-z0-9_-]{8,64}$/;

/** Gives each request an id (the caller's, when it is well formed) and logs its outcome. */
export function trackRequests(log: Logger): Middleware {
  return function trackRequestsMiddleware(ctx, next) {
    const given = ctx.get(REQUEST_ID_HEADER);
    const requestId = ACCEPTED_ID.test(given) ? given : randomUUID();
    ctx.set(REQUEST_ID_HEADER, requestId);
    const started = performance.now();
    // Not ctx.path, which fails on a target that is no URL. Never the query string: a token may be in it.
    const path = loggable(ctx.req.url?.split('?')[0] ?? '');
    return withRequestContext({ requestId }, async () => {
      try {
        await next();
      } finally {
        // Probes come every few seconds and tell an operator nothing.
        const level = path.startsWith('/health/') ? 'debug' : 'info';
        log[level](
          {
            event: 'http.request',
            method: ctx.method,
            path,
            status: ctx.status,
            ms: Math.round((performance.now() - started) * 10) / 10,
          },
          `${ctx.method} ${path} ${ctx.status}`,
        );
      }
    });
  };
}

/** A path with its long random parts, such as the id of an interaction, masked: they open things. */
function loggable(path: string): string {
  return path.replace(/[\w~-]{20,}/g, '*').slice(0, 200);
}
