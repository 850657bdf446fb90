/** Refuses requests quickly under overload, so that the requests that are answered stay fast. */
import type { Context, Middleware } from 'koa';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { newTraceId } from '../telemetry/tracing/traceparent.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import { REQUEST_ID_HEADER } from './requests.ts';

/** Seconds that a refused caller is told to wait. */
const RETRY_AFTER_S = '1';

/** How often the log reports the number of refusals, in milliseconds: a line for each would add to the overload. */
const REPORT_EVERY_MS = 1_000;

/** The two middlewares of overload protection, which share one limit. */
export interface OverloadProtection {
  /** The first step of every request, since a refusal must cost little: answers 503 while the limit is reached. */
  refuseEarly(): Middleware;
  /** Comes after steps that wait for the caller, such as reading a slow body, and before the work. */
  admit(): Middleware;
}

/**
 * The overload protection of one service. Health probes are never refused.
 *
 * @param below a path below which the health paths are too
 */
export function overloadProtection(
  { log, metrics }: Pick<Telemetry, 'log' | 'metrics'>,
  stopping: AbortSignal,
  below = '',
): OverloadProtection {
  const probes = ['/health/', `${below}/health/`];
  const limit = new ConcurrencyLimit();
  const total = metrics.counter({
    name: 'http_server_refused_total',
    help: 'Requests that were refused because too many were under way.',
  });
  metrics.gauge(
    { name: 'http_server_concurrency_limit', help: 'How many requests may be under way.' },
    (gauge) => gauge.set(limit.limit),
  );
  let unreported = 0;
  const reporting = setInterval(() => {
    if (unreported === 0) return;
    log.warn(
      { event: 'requests.refused', count: unreported },
      `${unreported} requests refused: too many under way`,
    );
    unreported = 0;
  }, REPORT_EVERY_MS).unref();
  stopping.addEventListener('abort', () => clearInterval(reporting));

  return {
    refuseEarly: () =>
      function refuseEarlyMiddleware(ctx, next) {
        if (!limit.isFull(performance.now())) return next();
        if (probes.some((path) => ctx.req.url?.startsWith(path))) return next();
        refuse(ctx);
      },
    admit: () =>
      async function admitMiddleware(ctx, next) {
        const started = performance.now();
        if (!limit.enter(started)) return refuse(ctx);
        try {
          await next();
        } finally {
          limit.leave(performance.now() - started);
        }
      },
  };

  /** Writes what `answerProblems` would, but by hand: it bypasses Koa and creates no error with a stack. */
  function refuse(ctx: Context): void {
    total.inc();
    unreported += 1;
    const requestId = newTraceId();
    const body = `{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"Too many requests are under way. Try again later.","request_id":"${requestId}"}\n`;
    ctx.respond = false;
    ctx.res
      .writeHead(503, {
        'Content-Type': 'application/problem+json; charset=utf-8',
        'Content-Length': body.length,
        'Cache-Control': 'no-store',
        'Retry-After': RETRY_AFTER_S,
        [REQUEST_ID_HEADER]: requestId,
      })
      .end(ctx.method === 'HEAD' ? undefined : body);
  }
}
