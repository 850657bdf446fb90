/** Serves an issuer that has a path, whether or not the proxy in front removes it from the requests. */
import type { Middleware } from 'koa';
import { Problem } from 'shared/http/problem.ts';
import { pathOfIssuer } from '../core/issuer-path.ts';

/** The part of the path that a proxy has removed. */
const REMOVED = 'x-forwarded-prefix';

/** The metadata of an issuer is at these paths, each with the issuer's own path behind it (RFC 8414 §3.1 and §5). */
const WELL_KNOWN = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'];

/**
 * Removes the issuer's path from the requests below it, and answers 404 to all others. The library's routes begin after that
 * path; it names its endpoints with `ctx.mountPath` in front of them.
 *
 * A proxy that has removed the path itself, or a part of it, says so in `X-Forwarded-Prefix`. Where it says nothing,
 * `isRemoved` tells that the path is missing from all requests for the issuer's host. Requests for other hosts have it.
 *
 * It is exact about this: if a request could have the path or not, a rule of the proxy about one path would not hold for the
 * other.
 */
export function belowIssuer(issuer: string, isRemoved: boolean): Middleware {
  const path = pathOfIssuer(issuer);
  const { host } = new URL(issuer);
  const metadata = new Map(WELL_KNOWN.map((wellKnown) => [wellKnown + path, wellKnown]));

  return function belowIssuerMiddleware(ctx, next) {
    const { headers, url = '' } = ctx.req;
    const removed = partOf(path, headers[REMOVED]) ?? (isRemoved && ctx.host === host ? path : '');
    const below = metadataAt(url) ?? behindPath(removed + url);
    if (below === undefined) {
      throw new Problem(404, `There is nothing at this path. This server is at ${issuer}.`);
    }
    ctx.req.url = below;
    Object.assign(ctx, { mountPath: path });
    return next();
  };

  /** Where the library has the metadata that is asked for at the root of the host. */
  function metadataAt(url: string): string | undefined {
    const [, asked = '', query] = /^([^?]*?)\/?(\?.*)?$/s.exec(url) ?? [];
    const own = metadata.get(asked);
    return own === undefined ? undefined : own + (query ?? '');
  }

  function behindPath(url: string): string | undefined {
    return url.startsWith(`${path}/`) ? url.slice(path.length) : undefined;
  }
}

/**
 * The removed part, if it is the beginning of the issuer's path: it is put in front of what a stranger has asked for. Where
 * several proxies each removed a part, the outermost one is first.
 */
function partOf(path: string, header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const parts = String(header).split(',');
  const removed = parts.map((part) => part.trim().replace(/\/$/, '')).join('');
  return `${path}/`.startsWith(`${removed}/`) ? removed : undefined;
}
