/** Answers 504 to what takes longer than its caller waits, and tells the work how long that is. */
import type { Middleware } from 'koa';
import { TIMEOUT_HEADER } from '../deadline.ts';
import { requestContext } from '../request-context.ts';
import { Problem } from './problem.ts';

/** @param longestMs how long any request may take, in milliseconds; callers may ask for less */
export function deadlines(longestMs: number): Middleware {
  return async function deadlinesMiddleware(ctx, next) {
    const allowedMs = Math.min(longestMs, askedMs(ctx.get(TIMEOUT_HEADER)));
    const context = requestContext();
    if (context) context.deadline = performance.now() + allowedMs;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Problem(504, 'There was no answer in time.')), allowedMs);
    try {
      await Promise.race([next(), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}

function askedMs(header: string): number {
  return /^\d{1,6}$/.test(header) ? Number(header) : Number.POSITIVE_INFINITY;
}
