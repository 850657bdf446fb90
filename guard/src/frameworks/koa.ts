/** The guard in Koa. */
import type { Middleware } from 'koa';
import { nodeRequest } from 'shared/oauth/incoming-request.ts';
import type { Guard, Need } from '../guard.ts';

/** Lets a call pass that has what it needs, with its caller in `ctx.state.caller`, and answers any other. */
export function protect(guard: Guard, need?: Need): Middleware {
  return async function protectMiddleware(ctx, next) {
    const verdict = await guard.authorize(nodeRequest(ctx.req, ctx.originalUrl), need);
    ctx.state.caller = verdict.caller;
    if (verdict.ok) return next();
    const { status, headers, body } = verdict.answer;
    Object.assign(ctx, { status, body });
    ctx.set(headers);
  };
}
