/** Failed attempts at client secrets, registration tokens and user codes, as a metric and in the log. */
import type { Context } from 'koa';
import type { Telemetry } from 'shared/telemetry/telemetry.ts';

/** The failed attempt that a request was, and how it failed. Whoever finds out puts it into `ctx.state.failedAttempt`. */
export interface FailedAttempt {
  target: 'client_secret' | 'registration_token' | 'user_code';
  outcome: 'wrong' | 'not_looked_at';
}

/** Counts failed attempts, and logs those that a throttle refused. What was sent is never part of it. */
export function countFailedAttempts({
  metrics,
  log,
}: Pick<Telemetry, 'metrics' | 'log'>): (ctx: Context) => void {
  const attempts = metrics.counter({
    name: 'oauth_failed_attempts_total',
    help: 'Wrong client secrets, registration tokens and user codes, and those that were too many to be looked at.',
    labelNames: ['target', 'outcome'],
  });
  for (const target of ['client_secret', 'registration_token', 'user_code']) {
    for (const outcome of ['wrong', 'not_looked_at']) attempts.inc({ target, outcome }, 0);
  }
  return function countFailedAttemptsOf(ctx) {
    const attempt: FailedAttempt | undefined = ctx.state.failedAttempt;
    if (attempt === undefined) return;
    const { target, outcome } = attempt;
    attempts.inc({ target, outcome });
    if (outcome === 'wrong') return;
    log.warn({ event: 'throttle.exceeded', target }, 'too many wrong attempts from one address');
  };
}
