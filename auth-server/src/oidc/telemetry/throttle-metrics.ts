/** Guesses of client secrets, registration tokens and user codes, as a metric and in the log. */
import type { Middleware } from 'koa';
import type { Telemetry } from 'shared/telemetry/telemetry.ts';

/** The guess that a request was, and what was made of it. Whoever finds out puts it into `ctx.state.guess`. */
export interface Guess {
  target: 'client_secret' | 'registration_token' | 'user_code';
  outcome: 'wrong' | 'not_looked_at';
}

/** Counts guesses, and logs those that are not looked at. Never what was guessed. */
export function countAttempts({ metrics, log }: Pick<Telemetry, 'metrics' | 'log'>): Middleware {
  const guesses = metrics.counter({
    name: 'oauth_guesses_total',
    help: 'Wrong client secrets, registration tokens and user codes, and those that were too many to be looked at.',
    labelNames: ['target', 'outcome'],
  });
  for (const target of ['client_secret', 'registration_token', 'user_code']) {
    for (const outcome of ['wrong', 'not_looked_at']) guesses.inc({ target, outcome }, 0);
  }
  return async function countAttemptsMiddleware(ctx, next) {
    await next();
    const guess: Guess | undefined = ctx.state.guess;
    if (guess === undefined) return;
    guesses.inc({ target: guess.target, outcome: guess.outcome });
    if (guess.outcome === 'wrong') return;
    log.warn({ event: 'guesses.exceeded', target: guess.target }, 'too many wrong guesses from one address');
  };
}
