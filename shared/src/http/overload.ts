/** Refuses quickly what could not be answered soon, so that what is answered stays fast. */
import type { Context, Middleware } from 'koa';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { newTraceId } from '../telemetry/tracing/traceparent.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import { REQUEST_ID_HEADER } from './requests.ts';

/** What who is refused is told to wait, in seconds. */
const RETRY_AFTER_S = '1';

/** How often the log tells how many were refused, in milliseconds: a line for each would add to the overload. */
const TELL_EVERY_MS = 1_000;

export interface OverloadProtection {
  /** The first step of all, since refusing must cost little: while too much is under way it answers 503. */
  refuseEarly(): Middleware;
  /** Goes after what waits for the caller, such as a slow body, and before all that is work. */
  admit(): Middleware;
}

/** The protection of one service. Probes of its health are never refused. */
export function overloadProtection(
  { log, metrics }: Pick<Telemetry, 'log' | 'metrics'>,
  stopping: AbortSignal,
): OverloadProtection {
  const limit = new ConcurrencyLimit();
  const total = metrics.counter({
    name: 'http_server_refused_total',
    help: 'Requests that were refused because too many were under way.',
  });
  metrics.gauge(
    { name: 'http_server_concurrency_limit', help: 'How many requests may be under way.' },
    (gauge) => gauge.set(limit.limit),
  );
  let untold = 0;
  const telling = setInterval(() => {
    if (untold === 0) return;
    log.warn({ event: 'requests.refused', count: untold }, `${untold} requests refused: too many under way`);
    untold = 0;
  }, TELL_EVERY_MS).unref();
  stopping.addEventListener('abort', () => clearInterval(telling));

  return {
    refuseEarly: () =>
      function refuseEarlyMiddleware(ctx, next) {
        if (!limit.isFull(performance.now()) || ctx.req.url?.startsWith('/health/')) return next();
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

  /** The answer of `answerProblems`, made by hand: past Koa, and without an error's stack. */
  function refuse(ctx: Context): void {
    total.inc();
    untold += 1;
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
