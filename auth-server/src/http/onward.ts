/**
 * Leads on from a form of ours to where the library redirects.
 *
 * Chromium holds the whole way of a submitted form against the `form-action` of its page: each redirect, those of the client
 * included, which may lead to any origin or into an app. So the way of a form ends at a page of ours, and the browser goes on
 * from there.
 */
import type { Context, Middleware, Next } from 'koa';
import { onwardPage } from './pages/onward-page.ts';

/** Whether the caller shows pages. Programs do not follow what a page says, and are redirected. */
export function showsPages(ctx: Context): boolean {
  return ctx.accepts('json', 'html') === 'html';
}

/** Answers with the page that leads on to this URL. The URL may hold a secret: the page is neither stored nor told to others. */
export function leadOn(ctx: Context, url: string): void {
  ctx.status = 200;
  ctx.remove('Location');
  ctx.set({ 'Cache-Control': 'no-store', Refresh: `0;url=${url}` });
  ctx.type = 'html';
  ctx.body = onwardPage(url);
}

/** Ends the way of the form that is posted to this path with the page, in place of a redirect. */
export function leadOnFrom(path: string): Middleware {
  return function leadOnFromMiddleware(ctx, next) {
    return ctx.path === path ? leadOnAfter(ctx, next) : next();
  };
}

async function leadOnAfter(ctx: Context, next: Next): Promise<void> {
  await next();
  if (ctx.status === 303 && showsPages(ctx)) leadOn(ctx, ctx.response.get('location'));
}
