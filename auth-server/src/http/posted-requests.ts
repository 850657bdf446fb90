/** Accepts authorization and logout requests that a browser posts. */
import type { Middleware } from 'koa';
import { bodyOf } from 'shared/http/body-limit.ts';
import { Problem } from 'shared/http/problem.ts';

/** The longest address that leaves room, within 16 KiB, for the other headers of a browser's request. */
const MAX_URL = 12 * 1024;

/**
 * Redirects a browser that posts to one of the paths, so that it comes again with a GET. OpenID Connect requires both
 * methods for authorization and logout requests (Core §3.1.2.1, RP-Initiated Logout §2). The library's own support needs
 * cookies that are sent with posts from any site. Ours are `SameSite=Lax`, and are sent with the GET.
 *
 * @param issuerPath what browsers have to write in front of the paths
 */
export function takePostedRequests(paths: string[], issuerPath: string): Middleware {
  return function takePostedRequestsMiddleware(ctx, next) {
    if (ctx.method !== 'POST' || !paths.includes(ctx.path) || !ctx.is('application/x-www-form-urlencoded')) {
      return next();
    }
    const query = new URLSearchParams(bodyOf(ctx));
    const url = `${issuerPath}${ctx.path}?${query}`;
    if (url.length > MAX_URL) {
      throw new Problem(
        413,
        `The parameters of this request are longer than ${MAX_URL} characters together.`,
      );
    }
    ctx.status = 303;
    ctx.redirect(url);
    return undefined;
  };
}
