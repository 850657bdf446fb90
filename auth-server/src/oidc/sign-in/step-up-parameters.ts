/**
 * Lets requests of plain OAuth 2.0 say how the user has to sign in, as RFC 9470 §4 has them. The library takes `acr_values` and
 * `max_age` in requests of OpenID Connect only, so that others hand them on under names of our own.
 */
import { type ParsedUrlQuery, parse, stringify } from 'node:querystring';
import type { Middleware } from 'koa';
import { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { bodyOf } from 'shared/http/body-limit.ts';
import { type AskedSignIn, isReachable } from '../../core/sign-in/authentication-context.ts';
import { textOf } from '../parameters.ts';

/** Our names, by those of the library. */
const NAMES = { acr_values: 'oauth_acr_values', max_age: 'oauth_max_age' } as const;

/** Whether a query or a form may have one of them; most have not, and need not be parsed. */
const MAY_HAVE_ONE = /acr_values|max_age|%/;

/** Renames the two in requests to these paths that do not ask for `openid`. */
export function stepUpInPlainOAuth(paths: readonly string[]): Middleware {
  const routes = new Set(paths);
  return function stepUpInPlainOAuthMiddleware(ctx, next) {
    if (!routes.has(ctx.path.toLowerCase().replace(/\/$/, ''))) return next();
    if (MAY_HAVE_ONE.test(ctx.querystring)) ctx.query = renamed(ctx.query);
    if (
      ctx.method === 'POST' &&
      MAY_HAVE_ONE.test(bodyOf(ctx)) &&
      ctx.is('application/x-www-form-urlencoded')
    ) {
      Object.assign(ctx.request, { body: stringify(renamed(parse(bodyOf(ctx)))) });
    }
    return next();
  };
}

function renamed(parameters: ParsedUrlQuery): ParsedUrlQuery {
  const { scope } = parameters;
  if (typeof scope === 'string' && scope.split(' ').includes('openid')) return parameters;
  const ours = new Map<string, string>(Object.entries(NAMES));
  const madeUp = new Set(ours.values());
  return Object.fromEntries(
    Object.entries(parameters)
      // Nobody else sends what we have made up.
      .filter(([name]) => !madeUp.has(name))
      .map(([name, value]) => [ours.get(name) ?? name, value]),
  );
}

/** The library's setting that lets our names pass, and checks what is asked for, wherever a request begins. */
export const stepUpParameters: Configuration['extraParams'] = {
  [NAMES.max_age](_ctx, value) {
    if (value !== undefined && !/^\d{1,15}$/.test(value))
      throw new errors.InvalidRequest('invalid max_age parameter value');
  },
  [NAMES.acr_values](ctx) {
    if (!isReachable(askedSignIn(ctx)))
      throw new errors.UnmetAuthenticationRequirements(
        'no user can sign in in any of the ways of acr_values',
      );
  },
};

/** How an authorization request asks its user to sign in. */
export function askedSignIn({ oidc }: KoaContextWithOIDC): AskedSignIn {
  const params = oidc.params ?? {};
  const acrValues = textOf(params.acr_values ?? params[NAMES.acr_values]) ?? '';
  const maxAge = params.max_age ?? params[NAMES.max_age];
  const classes = acrValues.split(' ').filter((acr) => acr !== '');
  return {
    acrValues: classes.length === 0 ? undefined : classes,
    maxAge: maxAge === undefined ? undefined : Number(maxAge),
  };
}
