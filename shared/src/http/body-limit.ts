/** Reads request bodies, and refuses those that are larger than anything we read. */
import type { Context, Middleware } from 'koa';
import getRawBody from 'raw-body';
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

/**
 * The body of a request, as UTF-8 text. It can be read once.
 *
 * @throws an HTTP error, which Koa and `answerProblems` know: 413 when the body is too large, 400 when it is cut off
 */
export function readBody(ctx: Pick<Context, 'req' | 'request'>): Promise<string> {
  return getRawBody(ctx.req, { length: ctx.request.length, limit: MAX_BODY_BYTES, encoding: 'utf8' });
}
