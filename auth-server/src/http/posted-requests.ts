/** Takes requests that a browser posts where it could have come with a link. */
import type { Middleware } from 'koa';
import { bodyOf } from 'shared/http/body-limit.ts';

/**
 * Sends a browser that posts to one of the paths there again with a GET: OpenID Connect wants authorization and logout
 * requests taken by both (Core §3.1.2.1, RP-Initiated Logout §2). The library's own way needs cookies that any
 * site's post carries; ours are `SameSite=Lax`, and come along with the GET.
 */
export function takePostedRequests(paths: string[]): Middleware {
  return async function takePostedRequestsMiddleware(ctx, next) {
    if (ctx.method !== 'POST' || !paths.includes(ctx.path) || !ctx.is('application/x-www-form-urlencoded')) {
      return next();
    }
    const query = new URLSearchParams(bodyOf(ctx));
    ctx.status = 303;
    ctx.redirect(`${ctx.path}?${query}`);
  };
}
