/** Shows the time as JSON, or as the bare value when the caller asks for text. Both end in a newline. */
import type { Context } from 'koa';
import type { Time } from '../core/ask-the-time.ts';
import type { Representation } from '../core/authorization-code.ts';

/** The format that a request asks for. */
export function representationOf(ctx: Context): Representation {
  ctx.vary('Accept');
  return ctx.accepts('json', 'text') === 'text' ? 'text' : 'json';
}

/** Answers with the time, which caches must not store. */
export function show(ctx: Context, time: Time, representation: Representation): void {
  ctx.set('Cache-Control', 'no-store');
  ctx.body = representation === 'text' ? `${Object.values(time)[0]}\n` : `${JSON.stringify(time)}\n`;
  ctx.type = representation;
}
