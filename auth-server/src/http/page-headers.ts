/** What keeps our pages to themselves: no script, no framing, no cache, no referrer. */
import type { Context, Middleware } from 'koa';
import { STYLE_HASH } from './pages/layout.ts';

const HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src ${STYLE_HASH}`,
    'script-src',
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self' https:",
  ].join('; '),
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

/**
 * Sets the security headers of pages. The empty `script-src` lets nothing in; the library adds the hash of its
 * own one-line script to it where an answer must post itself (OAuth 2.0 Form Post Response Mode).
 *
 * `form-action` also governs where a posted form is redirected to, and that is the client's: https, and the
 * redirect URI of the request where it is something else.
 *
 * @param machinePaths what only programs ask, many times a second
 */
export function pageHeaders(
  redirectUriOf: (ctx: object) => string | undefined,
  machinePaths: string[],
): Middleware {
  const withoutPages = new Set(machinePaths);
  return async function pageHeadersMiddleware(ctx, next) {
    if (withoutPages.has(ctx.req.url ?? '')) return next();
    ctx.set(HEADERS);
    await next();
    leadTo(ctx, redirectUriOf(ctx));
  };
}

/** Lets the forms of this answer lead to a redirect URI. */
export function leadTo(ctx: Pick<Context, 'response' | 'set'>, redirectUri: string | undefined): void {
  const source = formSource(redirectUri);
  if (source === undefined) return;
  const set = String(ctx.response.get('content-security-policy'));
  ctx.set('Content-Security-Policy', set.replace(/form-action [^;]*/, `$& ${source}`));
}

/** The CSP source of a redirect URI that https does not cover. */
function formSource(redirectUri: string | undefined): string | undefined {
  const url = redirectUri === undefined ? null : URL.parse(redirectUri);
  if (url === null || url.protocol === 'https:') return undefined;
  // What would end the source or the directive is left to the browser to refuse.
  if (/[;,*]/.test(url.origin)) return undefined;
  // A source has no way to write an IPv6 address (CSP Level 3 §2.3.1).
  const named = url.protocol === 'http:' && !url.hostname.startsWith('[');
  return named ? url.origin : url.protocol;
}
