/** Tells apart a path where nothing is from one that does not answer this method, or does not take what was sent. */
import type { Context, Middleware } from 'koa';
import { Problem } from './problem.ts';

/** What is known of a path. */
export interface KnownPath {
  methods: readonly string[];
  /** The media type of what is sent to it; undefined where that does not matter. */
  takes?: string | undefined;
}

/**
 * Answers what nobody has answered at a known path: OPTIONS with the methods (RFC 9110 §9.3.7), another method with 405, and
 * a body of another type with 415.
 *
 * @param pathOf what is known of the path of a request; undefined when nothing is there
 */
export function answerOtherMethods(pathOf: (ctx: Context) => KnownPath | undefined): Middleware {
  return async function answerOtherMethodsMiddleware(ctx, next) {
    await next();
    if (ctx.status !== 404 || ctx.body != null) return;
    const known = pathOf(ctx);
    if (known === undefined) return;
    const { methods, takes } = known;
    if (methods.includes(ctx.method)) {
      if (takes !== undefined && !ctx.is(takes)) throw otherType(takes);
      return;
    }
    ctx.set('Allow', methods.join(', '));
    ctx.status = ctx.method === 'OPTIONS' ? 204 : 405;
  };
}

function otherType(takes: string): Problem {
  return new Problem(415, `Send ${takes}.`, { headers: { 'Accept-Post': takes } });
}
