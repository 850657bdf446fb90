/** How the time is shown: as JSON, or as the bare value for those who ask for text; both end in a newline. */
import type { Context } from 'koa';
import type { Time } from '../core/ask-the-time.ts';
import type { Representation } from '../core/authorization-code.ts';

/** How a request asks to be answered. */
export function representationOf(ctx: Context): Representation {
  ctx.vary('Accept');
  return ctx.accepts('json', 'text') === 'text' ? 'text' : 'json';
}

/** Answers with the time, which nobody may store. */
export function show(ctx: Context, time: Time, representation: Representation): void {
  ctx.set('Cache-Control', 'no-store');
  ctx.body = representation === 'text' ? `${Object.values(time)[0]}\n` : `${JSON.stringify(time)}\n`;
  ctx.type = representation;
}
