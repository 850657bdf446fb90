/** Dresses the library's page that posts itself: without JavaScript it is a person who has to post it. */
import type { Middleware } from 'koa';
import { formPostPage } from './pages/form-post-page.ts';

/** The script, whose hash is in the policy already, and the form (OAuth 2.0 Form Post Response Mode §4). */
const LIBRARY_PAGE =
  /^<!DOCTYPE html>.*(<script>.*<\/script>).*(<form method="post" action="[^"]*">.*)<noscript>.*<\/noscript>/s;

export function readableFormPosts(): Middleware {
  return async function readableFormPostsMiddleware(ctx, next) {
    await next();
    const [, script, form] = (typeof ctx.body === 'string' && LIBRARY_PAGE.exec(ctx.body)) || [];
    if (script === undefined || form === undefined) return;
    ctx.set('Cache-Control', 'no-store');
    ctx.body = formPostPage(script, form);
  };
}
