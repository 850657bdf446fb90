/** Answers for our own hosts only, and names them as the settings do, because discovery builds its URLs from the request. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Middleware } from 'koa';
import { Problem } from 'shared/http/problem.ts';

/** A host (RFC 9110 §7.2) without the characters that end a host in a URL, or that come before it. */
const HOST = /^[\w.[\]:-]+$/;

/** A target in absolute form (RFC 9112 §3.2.2): its authority, and the rest. */
const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/is;

const SCHEMES = ['http', 'https'] as const;

/** What a host is called with each of the schemes that it may be asked by. */
type Names = { [scheme in (typeof SCHEMES)[number]]?: string };

/**
 * Lets through requests for the issuer's host or one of `more`, and answers any other with 421 (RFC 9110 §15.5.20). Each of
 * `more` is `host` or `host:port`, with `http://` or `https://` in front of it if it is always asked by that scheme.
 *
 * One host has many spellings: capitals, a default port, a target in absolute form. Behind this a request names host and
 * scheme as the settings do, so that each spelling gets the same answer. The issuer's host has the issuer's scheme. A host
 * without a scheme has that of `X-Forwarded-Proto`, in which only trusted proxies write, or else http.
 */
export function allowHosts(issuer: string, more: string[]): Middleware {
  const { origin, protocol } = new URL(issuer);
  const schemes = protocol === 'https:' ? SCHEMES.toReversed() : SCHEMES;
  const byOrigin = new Map<string, Names>();
  for (const own of [origin, ...more]) {
    const names = namesOf(own);
    for (const [scheme, host] of Object.entries(names)) {
      const url = `${scheme}://${host}`;
      if (!byOrigin.has(url)) byOrigin.set(url, names);
    }
  }
  // Nearly all clients write the host as we do, which needs no parsing.
  const asWritten = new Map([...byOrigin.keys()].map((url) => [new URL(url).host, parse(new URL(url).host)]));
  const find = (spelling: string) => asWritten.get(spelling) ?? parse(spelling);

  return function allowHostsMiddleware(ctx, next) {
    const { headers, url = '' } = ctx.req;
    const forwarded = firstOf(headers['x-forwarded-host']);
    const named = find(forwarded || headers.host || '');
    const target = url.startsWith('/') ? undefined : (ABSOLUTE.exec(url) ?? []);
    const asked = target === undefined ? named : find(target[1] ?? '');
    if (named === undefined || asked === undefined) {
      throw new Problem(421, `This server does not answer for that host. Call it at ${issuer}.`);
    }
    // RFC 9112 §3.2.2: the target counts, and not Host. A trusted proxy knows better than both.
    writeNames(headers, forwarded ? named : asked);
    if (target !== undefined) {
      const path = (target[2] ?? '').replace(/^(?!\/)/, '/');
      Object.assign(ctx.req, { url: path });
      Object.assign(ctx.request, { originalUrl: path });
    }
    return next();
  };

  function parse(spelling: string): Names | undefined {
    if (!HOST.test(spelling)) return undefined;
    const origins = schemes.map((scheme) => URL.parse(`${scheme}://${spelling}`)?.origin ?? '');
    return origins.map((url) => byOrigin.get(url)).find(Boolean);
  }
}

/** The names of a host of the settings. Each scheme has a default port of its own, which is not written. */
function namesOf(own: string): Names {
  const [, only, host] = /^(?:(https?):\/\/)?(.*)$/i.exec(own) ?? [];
  const schemes = SCHEMES.filter((scheme) => only === undefined || only.toLowerCase() === scheme);
  return Object.fromEntries(schemes.map((scheme) => [scheme, new URL(`${scheme}://${host}`).host]));
}

/** Writes the names of a host to where Koa and the library read them. */
function writeNames(headers: IncomingHttpHeaders, names: Names): void {
  const asked = firstOf(headers['x-forwarded-proto']).toLowerCase() === 'https' ? 'https' : 'http';
  const scheme = names[asked] === undefined ? (names.https === undefined ? 'http' : 'https') : asked;
  headers.host = names[scheme];
  if (headers['x-forwarded-host'] !== undefined) delete headers['x-forwarded-host'];
  if (scheme !== asked || scheme === 'https') headers['x-forwarded-proto'] = scheme;
}

/** The first of several values: the outermost trusted proxy wrote it. */
function firstOf(header: string | string[] | undefined): string {
  return header === undefined ? '' : (String(header).split(',')[0] ?? '').trim();
}
