/** The security headers of our pages: no scripts, no framing, no referrer. */
import type { Middleware } from 'koa';
import { STYLE_HASH } from './pages/layout.ts';

const HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src ${STYLE_HASH}`,
    'script-src',
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
  ].join('; '),
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
};

/**
 * Sets the security headers of pages. The empty `script-src` allows no script; the library adds the hash of its own
 * one-line script where a form must submit itself (OAuth 2.0 Form Post Response Mode).
 *
 * @param machinePaths paths that only programs request, many times a second, and that need no such headers
 */
export function pageHeaders(machinePaths: string[]): Middleware {
  const withoutPages = new Set(machinePaths);
  return function pageHeadersMiddleware(ctx, next) {
    if (!withoutPages.has(ctx.req.url ?? '')) ctx.set(HEADERS);
    return next();
  };
}
