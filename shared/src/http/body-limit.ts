/** Refuses bodies that are larger than anything we read. */
import type { Middleware } from 'koa';
import { Problem } from './problem.ts';

/** The most that a request body may hold, in bytes. What comes without a length is counted where it is read. */
export const MAX_BODY_BYTES = 56 * 1024;

/** Answers 413 to a request that announces too large a body, and closes, so that the body is never read. */
export function limitBodies(): Middleware {
  return function limitBodiesMiddleware(ctx, next) {
    if ((ctx.request.length ?? 0) <= MAX_BODY_BYTES) return next();
    throw new Problem(413, `The request body may hold ${MAX_BODY_BYTES} bytes.`, {
      headers: { Connection: 'close' },
    });
  };
}
