/** Refuses requests for a host that is not ours, because discovery builds its URLs from the requested host. */
import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import { Problem } from 'shared/http/problem.ts';

/** The characters of a host (RFC 9110 §7.2): none that ends a host in a URL, or that comes before it. */
const HOST = /^[\w.[\]:-]+$/;

/**
 * Lets through requests whose `Host` is the issuer's or one of `more` (each `host` or `host:port`). Any other request is
 * answered with 421 (RFC 9110 §15.5.20). The same rule applies to the authority of an absolute-form target (RFC 9112
 * §3.2.2).
 */
export function allowHosts(issuer: string, more: string[]): Middleware {
  const { protocol: scheme, origin } = new URL(issuer);
  const normal = (host: string) => (HOST.test(host) ? URL.parse(`${scheme}//${host}`)?.host : undefined);
  const allowed = new Set([new URL(issuer).host, ...more.map(normal)]);
  const isAllowed = (host: string | undefined) => host !== undefined && allowed.has(host);

  return function allowHostsMiddleware(ctx, next) {
    const target = ctx.req.url ?? '';
    const asked = target.startsWith('/') || isAllowed(URL.parse(target)?.host);
    // Nearly all clients write the host as we do, which needs no parsing.
    const named = allowed.has(ctx.host) || isAllowed(normal(ctx.host));
    if (asked && named && hasOneHost(ctx.req)) return next();
    throw new Problem(421, `This server does not answer for that host. Call it at ${origin}.`);
  };
}

/** RFC 9112 §3.2: to a proxy in front of us, a second Host could name another server. */
function hasOneHost({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.length === 4 && rawHeaders[index]?.toLowerCase() === 'host') hosts += 1;
  }
  return hosts === 1;
}
