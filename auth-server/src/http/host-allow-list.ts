/** Refuses requests for a host that is not ours: discovery builds its URLs from the host that was asked. */
import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import { Problem } from 'shared/http/problem.ts';

/** What a host may be written with (RFC 9110 §7.2): nothing that ends it or stands before it in a URL. */
const HOST = /^[\w.[\]:-]+$/;

/**
 * Lets through requests whose `Host` is the issuer's or one of `more` (each `host` or `host:port`); anything
 * else is 421 (RFC 9110 §15.5.20). The authority of an absolute-form target (RFC 9112 §3.2.2) is held to the same.
 */
export function allowHosts(issuer: string, more: string[]): Middleware {
  const scheme = new URL(issuer).protocol;
  const normal = (host: string) => (HOST.test(host) ? URL.parse(`${scheme}//${host}`)?.host : undefined);
  const allowed = new Set([new URL(issuer).host, ...more.map(normal)]);
  const isAllowed = (host: string | undefined) => host !== undefined && allowed.has(host);

  return function allowHostsMiddleware(ctx, next) {
    const target = ctx.req.url ?? '';
    const asked = target.startsWith('/') || isAllowed(URL.parse(target)?.host);
    // Nearly all write a host as we do, and need no parsing.
    const named = allowed.has(ctx.host) || isAllowed(normal(ctx.host));
    if (asked && named && hasOneHost(ctx.req)) return next();
    throw new Problem(421, 'This server does not answer for that host.');
  };
}

/** RFC 9112 §3.2: a second Host could name another server to whoever is in front of us. */
function hasOneHost({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.length === 4 && rawHeaders[index]?.toLowerCase() === 'host') hosts += 1;
  }
  return hosts === 1;
}
