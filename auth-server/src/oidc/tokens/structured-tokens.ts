/**
 * Lets JWT access tokens through the library's introspection and revocation. The library refuses every token that
 * decodes as a JWT, because it never stores one. A mark in front adds one part, so that the token no longer looks like
 * a JWT, and tells our adapter to verify the JWT instead of looking it up.
 */
import { randomBytes } from 'node:crypto';
import { parse, stringify } from 'node:querystring';
import type { Middleware } from 'koa';
import { bodyOf } from 'shared/http/body-limit.ts';

/**
 * The library's notice that a form was read before it, as forms are here. It then takes the form from
 * `ctx.request.body`, which is documented and what we want.
 */
export const PARSED_BODY_NOTICE = /already parsed request body detected/;

/** A secret of this process, since a marked token gets past the library's refusal at any endpoint. */
const MARK = `${randomBytes(16).toString('base64url')}.`;

/**
 * A token in the form in which our adapter looks it up. Marked is what has as many parts as a JWS (RFC 7515 §7.1) or a
 * JWE (RFC 7516 §7.1), and what has the mark already, so that a caller's mark has no meaning.
 */
export function marked(token: string): string {
  return [3, 5].includes(token.split('.').length) || token.startsWith(MARK) ? MARK + token : token;
}

/** Whether a token has as many parts as a JWS has. No opaque token of ours has parts. */
export function isJws(token: string): boolean {
  return token.split('.').length === 3;
}

/** The JWT behind a mark; undefined for any other token. */
export function markedJwt(token: string): string | undefined {
  return token.startsWith(MARK) ? token.slice(MARK.length) : undefined;
}

/** Marks the `token` of forms that are posted to one of the paths. */
export function markStructuredTokens(paths: string[]): Middleware {
  const routes = new Set(paths);
  return function markStructuredTokensMiddleware(ctx, next) {
    if (
      ctx.method === 'POST' &&
      routes.has(routeOf(ctx.path)) &&
      ctx.is('application/x-www-form-urlencoded')
    ) {
      const form = parse(bodyOf(ctx));
      if (typeof form.token === 'string') form.token = marked(form.token);
      Object.assign(ctx.request, { body: stringify(form) });
    }
    return next();
  };
}

/** The library's router ignores case and a slash at the end. */
function routeOf(path: string): string {
  return path.toLowerCase().replace(/\/$/, '');
}
