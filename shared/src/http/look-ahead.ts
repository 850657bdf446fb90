/** Keeps addresses that work once for visits: looking at such an address must not use it up. */
import type { Context } from 'koa';
import { Problem } from './problem.ts';

/** The headers by which browsers, and proxies for them, say that they load a page before anybody has asked for it. */
const PURPOSES = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'];

/**
 * Refuses a request that is no visit: HEAD, by which link checkers look, and what is loaded ahead of a visit. A browser
 * that is refused then asks again when the visit comes.
 *
 * @param methods what the address answers
 * @throws {Problem} 405 or 403
 */
export function refuseLookingAhead({ method, req }: Context, methods = 'GET'): void {
  if (method === 'HEAD') {
    throw new Problem(405, `This path answers ${methods}.`, { headers: { Allow: methods } });
  }
  if (PURPOSES.some((name) => /prefetch|prerender|preview/i.test(String(req.headers[name] ?? '')))) {
    throw new Problem(403, 'This address works once, and is not loaded ahead of a visit.');
  }
}
