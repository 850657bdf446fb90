/** Notes what became of a request, for the log and the metrics. */
import type { Middleware } from 'koa';
import type { Telemetry } from 'shared/telemetry/telemetry.ts';
import { countExchanges, countIntrospections, countTokens } from './event-metrics.ts';
import { addCallerFacts } from './log-events.ts';
import { countRegistrations } from './registration-metrics.ts';
import { countFailedAttempts } from './throttle-metrics.ts';

/** Notes the caller, and counts the tokens, introspections and failed attempts. It is one step, since every request waits for each. */
export function noteOutcomes(telemetry: Pick<Telemetry, 'metrics' | 'log'>): Middleware {
  const outcomes = [
    addCallerFacts,
    countTokens(telemetry.metrics),
    countExchanges(telemetry.metrics),
    countIntrospections(telemetry.metrics),
    countFailedAttempts(telemetry),
    countRegistrations(telemetry),
  ];
  return async function noteOutcomesMiddleware(ctx, next) {
    await next();
    for (const note of outcomes) note(ctx);
  };
}
