/** The security headers of our pages: no scripts, no framing, no referrer. */
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
  'Referrer-Policy': 'no-referrer',
};

/**
 * Sets the security headers of pages. The empty `script-src` allows no script; the library adds the hash of its own
 * one-line script where a form must submit itself (OAuth 2.0 Form Post Response Mode).
 *
 * `form-action` also restricts where a submitted form is redirected to, which is the client's redirect URI. So it allows
 * https, and the redirect URI of this request if that is not https.
 *
 * @param redirectUriOf the redirect URI of a request, once it has been checked
 * @param machinePaths paths that only programs request, many times a second, and that need no such headers
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

/** Allows the forms on this page to be redirected to this redirect URI. */
export function leadTo(ctx: Pick<Context, 'response' | 'set'>, redirectUri: string | undefined): void {
  const source = formSource(redirectUri);
  if (source === undefined) return;
  const set = String(ctx.response.get('content-security-policy'));
  ctx.set('Content-Security-Policy', set.replace(/form-action [^;]*/, `$& ${source}`));
}

/** The CSP source of a redirect URI; undefined when `https:` covers it, or when there is none. */
function formSource(redirectUri: string | undefined): string | undefined {
  const url = redirectUri === undefined ? null : URL.parse(redirectUri);
  if (url === null || url.protocol === 'https:') return undefined;
  // These characters would end the source or the directive. The browser will refuse the redirect.
  if (/[;,*]/.test(url.origin)) return undefined;
  // A source has no way to write an IPv6 address (CSP Level 3 §2.3.1).
  const named = url.protocol === 'http:' && !url.hostname.startsWith('[');
  return named ? url.origin : url.protocol;
}
