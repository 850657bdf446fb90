/** Tells apart a path where nothing is from one that does not answer this method, or does not take what was sent. */
import type { Middleware } from 'koa';
import { Problem } from 'shared/http/problem.ts';

/** What is known of the endpoint at a path. */
interface Known {
  methods: readonly string[];
  takes: string | undefined;
}

/**
 * Answers what nobody has answered at the path of an endpoint: OPTIONS with its methods (RFC 9110 §9.3.7), another method with
 * 405, and a body of another type with 415.
 *
 * @param endpointAt the endpoint at a path; undefined when there is none
 */
export function answerOtherMethods(endpointAt: (path: string) => Known | undefined): Middleware {
  return async function answerOtherMethodsMiddleware(ctx, next) {
    await next();
    if (ctx.status !== 404 || ctx.body != null) return;
    const endpoint = endpointAt(ctx.path);
    if (endpoint === undefined) return;
    const { methods, takes } = endpoint;
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
