/** Believes `X-Forwarded-*` of the proxies in front of us, and of nobody else. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Middleware } from 'koa';
import { all, compile } from 'proxy-addr';

/** The addresses that a request came from: each proxy adds the one that it was asked by. */
const CHAIN = 'x-forwarded-for';

/** What a proxy was asked for; the next one replaces it, hands it on, or adds its own. */
const ASKED = ['x-forwarded-host', 'x-forwarded-proto'];

/**
 * Leaves in these headers only what trusted proxies wrote. The chain of addresses is walked from our end to the first
 * that is no trusted proxy: that is the client. Of several hosts or protos the first counts, which the outermost trusted
 * proxy wrote; when there are more of them than trusted proxies, a stranger wrote the first, and none counts.
 *
 * What is asked of an https issuer by its own name was asked by https, whether or not the proxy says so: there is
 * no other way to it.
 *
 * @param proxies addresses or networks (`10.0.0.1`, `10.0.0.0/8`)
 */
export function forwarded(issuer: string, proxies: string[]): Middleware {
  const isTrusted = compile(proxies);
  const { protocol, host } = new URL(issuer);

  return function forwardedMiddleware(ctx, next) {
    const { headers } = ctx.req;
    if ([CHAIN, ...ASKED].some((name) => name in headers)) dropStrangers(ctx.req);
    if (protocol === 'https:' && ctx.host === host) headers['x-forwarded-proto'] = 'https';
    return next();
  };

  function dropStrangers(request: IncomingMessage): void {
    const { headers } = request;
    const hops = all(request, isTrusted);
    const trusted = hops.filter(isTrusted).length;
    // What a proxy may write in the place of an address, such as `unknown`, is none.
    headers[CHAIN] = hops.findLast((hop) => isIP(hop) !== 0) ?? '';
    for (const name of ASKED) {
      if (valuesIn(headers[name]) > trusted) delete headers[name];
    }
  }
}

/** Node joins headers that come more than once with commas. */
function valuesIn(header: string | string[] | undefined): number {
  return String(header ?? '').split(',').length;
}
