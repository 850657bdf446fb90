/** Answers 504 when a request takes longer than its caller waits, and records that deadline for the work. */
import type { Middleware } from 'koa';
import { requestContext } from '../telemetry/request-context.ts';
import { TIMEOUT_HEADER } from '../upstream/deadline.ts';
import { Problem } from './problem.ts';

/**
 * Sets the deadline of each request, and answers 504 when it passes.
 *
 * @param longestMs how long any request may take, in milliseconds; `X-Request-Timeout-Ms` may ask for less
 */
export function deadlines(longestMs: number): Middleware {
  return function deadlinesMiddleware(ctx, next) {
    const allowedMs = Math.min(longestMs, askedMs(ctx.get(TIMEOUT_HEADER)));
    const context = requestContext();
    if (context) context.deadline = performance.now() + allowedMs;
    return new Promise((resolve, reject) => {
      const late = () => reject(new Problem(504, 'There was no answer in time.'));
      const timer = setTimeout(late, allowedMs);
      next()
        .finally(() => clearTimeout(timer))
        .then(resolve, reject);
    });
  };
}

function askedMs(header: string): number {
  return /^\d{1,6}$/.test(header) ? Number(header) : Number.POSITIVE_INFINITY;
}
