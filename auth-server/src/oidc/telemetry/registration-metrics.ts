/** Registrations of clients (RFC 7591), as a metric and in the log. */
import type { Context } from 'koa';
import type { Telemetry } from 'shared/telemetry/telemetry.ts';
import { isStranger } from '../stranger-requests.ts';
import { routeOf } from './event-metrics.ts';

/** Counts registrations by their result, except outages, and logs those that a throttle refused. */
export function countRegistrations({
  metrics,
  log,
}: Pick<Telemetry, 'metrics' | 'log'>): (ctx: Context) => void {
  const registrations = metrics.counter({
    name: 'oauth_registrations_total',
    help: 'Registrations of clients by their result: open or token, or why not.',
    labelNames: ['result'],
  });
  for (const result of ['open', 'token', 'refused', 'too_many']) registrations.inc({ result }, 0);
  return function countRegistrationsOf(ctx) {
    if (ctx.method !== 'POST' || routeOf(ctx) !== 'registration' || ctx.status >= 500) return;
    const result = resultOf(ctx);
    registrations.inc({ result });
    if (result !== 'too_many') return;
    log.warn(
      { event: 'throttle.exceeded', target: 'registration' },
      'too many registrations from one address',
    );
  };
}

function resultOf(ctx: Context): 'open' | 'token' | 'refused' | 'too_many' {
  if (ctx.status === 201) return isStranger(ctx) ? 'open' : 'token';
  return ctx.status === 429 ? 'too_many' : 'refused';
}
