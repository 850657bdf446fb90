/** Refuses requests for a host that is not ours: discovery builds its URLs from the host that was asked. */
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

  return function allowHostsMiddleware(ctx, next) {
    const one = ctx.req.headersDistinct.host?.length === 1;
    const target = ctx.req.url ?? '';
    const asked = target.startsWith('/') ? [] : [URL.parse(target)?.host];
    if (one && [normal(ctx.host), ...asked].every((host) => host !== undefined && allowed.has(host)))
      return next();
    throw new Problem(421, 'This server does not answer for that host.');
  };
}
