/** Keeps what a request writes when its answer is no failure, before it is answered, and nothing of it otherwise. */
import type { Context, Middleware } from 'koa';
import { Problem } from 'shared/http/problem.ts';
import type { Logger } from 'shared/telemetry/logger.ts';
import { StoreUnavailable } from '../core/store-unavailable.ts';

/** Runs work whose writes are kept all together, when `keep` says so at its end, or not at all. */
export type UnitOfWork = <T>(work: () => Promise<T>, keep: () => boolean) => Promise<T>;

/** Each POST is a unit. A refusal is kept too: a code that is used twice ends its grant. */
export function unitPerPost(unitOfWork: UnitOfWork, log: Logger): Middleware {
  return async function unitPerPostMiddleware(ctx, next) {
    if (ctx.method !== 'POST') return next();
    let kept = false;
    try {
      // Who was told that it took too long, or that it failed, may try again.
      await unitOfWork(next, () => ctx.status < 500);
      kept = ctx.status < 500;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      log.warn({ event: 'store.unavailable', err: error }, error.message);
      tellOutage(ctx);
    } finally {
      // What was not kept has not happened, and is not recorded.
      if (!kept) ctx.state.audit = undefined;
    }
  };
}

/** In the place of the answer that was there: RFC 6749's to a program that asked the library, or a problem. */
function tellOutage(ctx: Context): void {
  if (!('oidc' in ctx) || ctx.accepts('json', 'html') === 'html') {
    throw new Problem(503, 'What this needs is not available now. Try again later.');
  }
  ctx.remove('Location');
  ctx.status = 503;
  ctx.body = { error: 'temporarily_unavailable', error_description: 'try again later' };
}
