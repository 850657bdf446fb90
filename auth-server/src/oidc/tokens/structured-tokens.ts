/**
 * Lets JWT access tokens through the library's introspection and revocation. The library turns away whatever
 * decodes as a JWT, because it never stores one. A mark in front, which is one part more, keeps a token from
 * being taken for a JWT, and tells our adapter to verify the JWT instead of looking it up.
 */
import { randomBytes } from 'node:crypto';
import { parse, stringify } from 'node:querystring';
import type { Middleware } from 'koa';
import { bodyOf } from 'shared/http/body-limit.ts';

/**
 * What the library prints when a form was read before it, as ours are here. The form is taken from
 * `ctx.request.body` then, which is documented and all that is meant.
 */
export const PARSED_BODY_NOTICE = /already parsed request body detected/;

/** Known to nobody outside, so that no other endpoint can be handed a marked token. */
const MARK = `${randomBytes(16).toString('base64url')}.`;

/** A token as our adapter looks it up. */
export function marked(token: string): string {
  return [3, 5].includes(token.split('.').length) ? MARK + token : token;
}

/** The JWT behind a mark; undefined for any other token. */
export function markedJwt(token: string): string | undefined {
  return token.startsWith(MARK) ? token.slice(MARK.length) : undefined;
}

/**
 * Marks the `token` of forms that are posted to one of the paths, when it has as many parts as a JWT: a JWS has
 * three (RFC 7515 §7.1), a JWE five (RFC 7516 §7.1).
 */
export function markStructuredTokens(paths: string[]): Middleware {
  const marked = new Set(paths);
  return function markStructuredTokensMiddleware(ctx, next) {
    if (
      ctx.method === 'POST' &&
      marked.has(routeOf(ctx.path)) &&
      ctx.is('application/x-www-form-urlencoded')
    ) {
      const form = parse(bodyOf(ctx));
      // A token that bears the mark already gets another, so that nobody else's mark means anything.
      if (typeof form.token === 'string' && [3, 5].includes(form.token.split('.').length))
        form.token = MARK + form.token;
      Object.assign(ctx.request, { body: stringify(form) });
    }
    return next();
  };
}

/** The library's router knows no case and no slash at the end. */
function routeOf(path: string): string {
  return path.toLowerCase().replace(/\/$/, '');
}
