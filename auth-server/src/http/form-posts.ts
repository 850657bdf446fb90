/** Makes the library's self-submitting form readable, because without JavaScript a person has to submit it. */
import type { Context, Middleware, Next } from 'koa';
import { formPostPage } from './pages/form-post-page.ts';

/** Finds the script, whose hash the policy already has, and the form (OAuth 2.0 Form Post Response Mode §4). */
const LIBRARY_PAGE =
  /^<!DOCTYPE html>.*(<script>.*<\/script>).*(<form method="post" action="[^"]*">.*)<noscript>.*<\/noscript>/s;

/**
 * Puts the library's form and script into a page of ours. Where the client may redirect the form that it is sent, only the
 * client knows, so the page of such a form has no `form-action`; the form is all that is on it.
 *
 * @param isForClient whether a request has come so far that its answer is for the client
 */
export function readableFormPosts(isForClient: (ctx: object) => boolean): Middleware {
  return function readableFormPostsMiddleware(ctx, next) {
    // A browser comes for this form with GET: after a post it is led on.
    return ctx.method === 'GET' ? readableAfter(ctx, next) : next();
  };

  async function readableAfter(ctx: Context, next: Next): Promise<void> {
    await next();
    const [, script, form] = (typeof ctx.body === 'string' && LIBRARY_PAGE.exec(ctx.body)) || [];
    if (script === undefined || form === undefined) return;
    ctx.set('Cache-Control', 'no-store');
    ctx.body = formPostPage(script, form);
    if (!isForClient(ctx)) return;
    const policy = String(ctx.response.get('content-security-policy'));
    ctx.set('Content-Security-Policy', policy.replace(/; ?form-action [^;]*/, ''));
  }
}
