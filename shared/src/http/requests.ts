/** The outermost step of every request: trace, context, metrics, and one log line when it is answered. */
import type { Context, Middleware } from 'koa';
import { withRequestContext } from '../telemetry/request-context.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** The response header with the request id, which is the trace id. */
export const REQUEST_ID_HEADER = 'X-Request-Id';

/** The methods that metrics name. All others count as `other`, since callers can make up methods. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);

/**
 * Gives each request a place in a trace (the caller's trace, when there is one), and logs and counts its outcome.
 *
 * @param routeOf names the route that answered, out of a few known ones; undefined when none did
 */
export function trackRequests(
  { log, metrics, tracer }: Pick<Telemetry, 'log' | 'metrics' | 'tracer'>,
  routeOf: (ctx: Context) => string | undefined,
): Middleware {
  const durations = metrics.latency({
    name: 'http_server_request_duration_seconds',
    help: 'Requests by route, method and status.',
    labelNames: ['route', 'method', 'status'],
  });
  let inFlight = 0;
  metrics.gauge(
    { name: 'http_server_requests_in_flight', help: 'Requests that are being answered.' },
    (gauge) => gauge.set(inFlight),
  );

  return function trackRequestsMiddleware(ctx, next) {
    const started = performance.now();
    const method = METHODS.has(ctx.method) ? ctx.method : 'other';
    const span = tracer.begin({
      method,
      traceparent: ctx.get('traceparent'),
      tracestate: ctx.get('tracestate'),
    });
    ctx.set(REQUEST_ID_HEADER, span.traceId);
    // Not ctx.path, which throws when the target is not a URL. Without the query string: a token may be in it.
    const path = loggable(ctx.req.url?.split('?')[0] ?? '');
    inFlight += 1;
    const context = { facts: { requestId: span.traceId }, span, deadline: Number.POSITIVE_INFINITY };
    return withRequestContext(context, async () => {
      try {
        await next();
      } finally {
        inFlight -= 1;
        const ms = performance.now() - started;
        const { status } = ctx;
        const route: string | undefined = ctx.state.route ?? routeOf(ctx);
        durations.observe({ route: route ?? 'none', method, status }, ms / 1_000);
        span.end({ status, route });
        // Probes come every few seconds and tell an operator nothing.
        const level = (route ?? path).startsWith('/health/') ? 'debug' : 'info';
        log[level](
          { event: 'http.request', method: ctx.method, path, status, ms: Math.round(ms * 10) / 10 },
          `${ctx.method} ${path} ${status}`,
        );
      }
    });
  };
}

/** A path whose long random parts are masked: some, such as the id of an interaction, are as good as a secret. */
function loggable(path: string): string {
  return path.replace(/[\w~-]{20,}/g, '*').slice(0, 200);
}
