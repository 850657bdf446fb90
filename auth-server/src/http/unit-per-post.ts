/** Keeps what a request writes when its answer is no failure, before it is answered, and nothing of it otherwise. */
import type { Middleware } from 'koa';
import type { UnitOfWork } from '../core/unit-of-work.ts';

/** Each POST is a unit. A refusal is kept too: a code that is used twice ends its grant. */
export function unitPerPost(unitOfWork: UnitOfWork): Middleware {
  return async function unitPerPostMiddleware(ctx, next) {
    if (ctx.method !== 'POST') return next();
    let kept = false;
    try {
      // Nothing is kept of a request whose caller is told of a failure or a timeout, and so may try again.
      await unitOfWork(next, () => ctx.status < 500);
      kept = ctx.status < 500;
    } finally {
      // What was not kept has not happened, and is not recorded.
      if (!kept) ctx.state.audit = undefined;
    }
  };
}
