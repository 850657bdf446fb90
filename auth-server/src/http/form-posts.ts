/** Makes the library's self-submitting form readable, because without JavaScript a person has to submit it. */
import type { Middleware } from 'koa';
import { formPostPage } from './pages/form-post-page.ts';

/** Finds the script, whose hash the policy already has, and the form (OAuth 2.0 Form Post Response Mode §4). */
const LIBRARY_PAGE =
  /^<!DOCTYPE html>.*(<script>.*<\/script>).*(<form method="post" action="[^"]*">.*)<noscript>.*<\/noscript>/s;

/** Puts the library's form and script into a page of ours. */
export function readableFormPosts(): Middleware {
  return async function readableFormPostsMiddleware(ctx, next) {
    await next();
    const [, script, form] = (typeof ctx.body === 'string' && LIBRARY_PAGE.exec(ctx.body)) || [];
    if (script === undefined || form === undefined) return;
    ctx.set('Cache-Control', 'no-store');
    ctx.body = formPostPage(script, form);
  };
}
