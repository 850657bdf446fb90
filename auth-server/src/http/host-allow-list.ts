/** Refuses requests for a host that is not ours: discovery builds its URLs from the host that was asked. */
import type { Middleware } from 'koa';
import { Problem } from 'shared/http/problem.ts';

/**
 * Lets through requests whose `Host` is the issuer's or one of `more` (each `host` or `host:port`); anything
 * else is 421 (RFC 9110 §15.5.20). The authority of an absolute-form target (RFC 9112 §3.2.2) is held to the same.
 */
export function allowHosts(issuer: string, more: string[]): Middleware {
  const scheme = new URL(issuer).protocol;
  const normal = (host: string) => URL.parse(`${scheme}//${host}`)?.host;
  const allowed = new Set([new URL(issuer).host, ...more.map(normal)]);

  return function allowHostsMiddleware(ctx, next) {
    const target = ctx.req.url ?? '';
    const asked = target.startsWith('/') ? [] : [URL.parse(target)?.host];
    if ([normal(ctx.host), ...asked].every((host) => host !== undefined && allowed.has(host))) return next();
    throw new Problem(421, 'This server does not answer for that host.');
  };
}
