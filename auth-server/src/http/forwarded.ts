/** Believes `X-Forwarded-*` of the proxies in front of us, and of nobody else. */
import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import { originOf } from 'shared/http/forwarded-for.ts';

/** The addresses that a request came from: each proxy adds the one that it was asked by. */
const CHAIN = 'x-forwarded-for';

/** What a proxy was asked for; the next one replaces it, hands it on, or adds its own. */
const ASKED = ['x-forwarded-host', 'x-forwarded-proto'];

/**
 * Leaves in these headers only what trusted proxies wrote: of the addresses the client's. Of several hosts or protos the
 * first counts, which the outermost trusted proxy wrote; when there are more of them than trusted proxies, a stranger wrote
 * the first, and none counts.
 *
 * What is asked of an https issuer by its own name was asked by https, whether or not the proxy says so: there is
 * no other way to it.
 *
 * @param proxies addresses or networks (`10.0.0.1`, `10.0.0.0/8`)
 */
export function forwarded(issuer: string, proxies: string[]): Middleware {
  const origin = originOf(proxies);
  const { protocol, host } = new URL(issuer);

  return function forwardedMiddleware(ctx, next) {
    const { headers } = ctx.req;
    if ([CHAIN, ...ASKED].some((name) => name in headers)) dropStrangers(ctx.req);
    if (protocol === 'https:' && ctx.host === host) headers['x-forwarded-proto'] = 'https';
    return next();
  };

  function dropStrangers(request: IncomingMessage): void {
    const { headers } = request;
    const { address, proxies: trusted } = origin(request);
    headers[CHAIN] = address;
    for (const name of ASKED) {
      if (valuesIn(headers[name]) > trusted) delete headers[name];
    }
  }
}

/** Node joins headers that come more than once with commas. */
function valuesIn(header: string | string[] | undefined): number {
  return String(header ?? '').split(',').length;
}
