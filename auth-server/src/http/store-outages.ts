/** Tells of outages of what our own routes stand on as 503. */
import type { Middleware } from 'koa';
import { Problem } from 'shared/http/problem.ts';
import type { Logger } from 'shared/telemetry/logger.ts';
import { StoreUnavailable } from '../core/store-unavailable.ts';
import { HashingBusy } from '../core/users/password-hasher.ts';

export function tellOutages(log: Logger): Middleware {
  return async function tellOutagesMiddleware(_ctx, next) {
    try {
      await next();
    } catch (error) {
      if (error instanceof HashingBusy) throw new Problem(503, 'Too much is under way. Try again later.');
      if (!(error instanceof StoreUnavailable)) throw error;
      log.warn({ event: 'store.unavailable', err: error }, error.message);
      throw new Problem(503, 'What this needs is not available now. Try again later.');
    }
  };
}
