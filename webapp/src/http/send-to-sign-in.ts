/** Sends a browser to the authorization server. */
import type { Context } from 'koa';
import type { BegunFlow } from '../core/authorization-code.ts';
import type { flowCookies } from './flow-cookie.ts';

/** Redirects to the authorization request of a flow, and has the browser keep the secret of the flow. */
export function sendToSignIn(
  ctx: Context,
  { request, secret }: BegunFlow,
  cookies: ReturnType<typeof flowCookies>,
): void {
  cookies.set(ctx, request.state, secret);
  // Not ctx.redirect, which writes HTML. RFC 9700 §4.12: with 303 a browser does not repeat what it has sent.
  ctx.status = 303;
  ctx.set({ Location: request.url, 'Cache-Control': 'no-store' });
  ctx.body = "Follow the Location, and keep the cookie: curl -L -b ''\n";
}
