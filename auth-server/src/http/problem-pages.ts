/** Shows a problem as a page to whoever asked for one. */
import type { Middleware } from 'koa';
import { errorPage } from './pages/error.ts';

export function problemPages(): Middleware {
  return async function problemPagesMiddleware(ctx, next) {
    await next();
    if (ctx.type !== 'application/problem+json' || ctx.accepts('json', 'html') !== 'html') return;
    const { title, detail, request_id } = JSON.parse(String(ctx.body));
    ctx.type = 'html';
    ctx.body = errorPage({ error: title, description: detail, requestId: request_id });
  };
}
