/** Refuses quickly what could not be answered soon, so that what is answered stays fast. */
import type { Middleware } from 'koa';
import type { Signals } from '../signals.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import { Problem } from './problem.ts';

/** Goes after what waits for the caller, such as a slow body, and before all that is work. */
export function refuseOverload({ metrics }: Pick<Signals, 'metrics'>): Middleware {
  const limit = new ConcurrencyLimit();
  const refused = metrics.counter({
    name: 'http_server_refused_total',
    help: 'Requests that were refused because too many were under way.',
  });
  metrics.gauge(
    { name: 'http_server_concurrency_limit', help: 'How many requests may be under way.' },
    (gauge) => gauge.set(limit.limit),
  );

  return async function refuseOverloadMiddleware(_ctx, next) {
    const started = performance.now();
    if (!limit.enter(started)) {
      refused.inc();
      throw new Problem(503, 'Too many requests are under way. Try again later.');
    }
    try {
      await next();
    } finally {
      limit.leave(performance.now() - started);
    }
  };
}
