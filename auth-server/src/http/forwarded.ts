/** Trusts `X-Forwarded-*` headers of our own proxies, and of nobody else. */
import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import { originOf } from 'shared/http/forwarded-for.ts';

/** The addresses that a request came from: each proxy adds the address of its caller. */
const CHAIN = 'x-forwarded-for';

/**
 * The host and the protocol that a proxy was asked for, and the part of the path that it has removed. The next proxy replaces
 * them, passes them on, or adds its own.
 */
const ASKED = ['x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-prefix'];

/** One of the two protocols, as the first of several. Their names have no case (RFC 9110 §4.2). */
const PROTOCOL = /^https?\s*(?:,|$)/i;

/**
 * Leaves in these headers only what trusted proxies wrote. Of the chain of addresses that is the client's alone. Of several
 * hosts or protocols the first one counts, which the outermost trusted proxy wrote. When there are more of them than trusted
 * proxies, a stranger wrote the first one, and none counts. A proxy that does not set the protocol passes on what a stranger
 * wrote as the only one: since endpoints are named by it, it must be a protocol.
 *
 * @param proxies addresses or networks (`10.0.0.1`, `10.0.0.0/8`)
 */
export function forwarded(proxies: string[]): Middleware {
  const origin = originOf(proxies);

  return function forwardedMiddleware(ctx, next) {
    const { headers } = ctx.req;
    if ([CHAIN, ...ASKED].some((name) => name in headers)) dropStrangers(ctx.req);
    return next();
  };

  function dropStrangers(request: IncomingMessage): void {
    const { headers } = request;
    const { address, proxies: trusted } = origin(request);
    headers[CHAIN] = address;
    for (const name of ASKED) {
      if (valuesIn(headers[name]) > trusted) delete headers[name];
    }
    if (!PROTOCOL.test(String(headers['x-forwarded-proto']))) delete headers['x-forwarded-proto'];
  }
}

/** How many values a header has. Node joins repeated headers with commas. */
function valuesIn(header: string | string[] | undefined): number {
  return String(header ?? '').split(',').length;
}
