/** The guard in Koa. */
import type { Middleware } from 'koa';
import { type IncomingRequest, nodeRequest } from 'shared/oauth/incoming-request.ts';
import type { Caller, Guard, Need, Outcome } from '../guard.ts';

/** Lets a call pass that has what it needs, with its caller in `ctx.state.caller`, and answers any other. */
export const protect = (guard: Guard, need?: Need) => middleware(guard.authorizerFor(need));

/** Answers requests for the metadata of the API (RFC 9728), and lets any other pass. */
export const metadata = (guard: Guard) => middleware((request) => guard.describe(request));

function middleware(
  decide: (request: IncomingRequest) => Outcome | Promise<Outcome>,
): Middleware<{ caller?: Caller | undefined }> {
  return async function guardMiddleware(ctx, next) {
    const outcome = await decide(nodeRequest(ctx.req, ctx.originalUrl));
    ctx.state.caller = outcome.caller ?? ctx.state.caller;
    if (outcome.ok) return next();
    const { status, headers, body } = outcome.answer;
    Object.assign(ctx, { status, body });
    ctx.set(headers);
  };
}
