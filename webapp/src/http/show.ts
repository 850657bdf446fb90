/** How the time is shown: as JSON, or as the bare value for those who ask for text; both end in a newline. */
import type { Context } from 'koa';
import type { Time } from '../core/ask-the-time.ts';
import type { Form } from '../core/authorization-code.ts';

/** The form that a request asks for. */
export function formOf(ctx: Context): Form {
  ctx.vary('Accept');
  return ctx.accepts('json', 'text') === 'text' ? 'text' : 'json';
}

/** Answers with the time, which nobody may store. */
export function show(ctx: Context, time: Time, form: Form): void {
  ctx.set('Cache-Control', 'no-store');
  ctx.body = form === 'text' ? `${Object.values(time)[0]}\n` : `${JSON.stringify(time)}\n`;
  ctx.type = form;
}
