/** Limits guesses of the tokens that open dynamic registration (RFC 7591 §3) and its management (RFC 7592 §2). */
import type { Context, Middleware } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { SECRET_WINDOW_S, type SecretThrottle } from '../../core/throttle/secret-throttle.ts';
import { TooManyAttempts } from '../too-many-attempts.ts';

/** The library's routes below the path. */
const ROUTES = new Set(['registration', 'client', 'client_update', 'client_delete']);

/** @param path where clients are registered; below it they are managed */
export function limitRegistration(path: string, guesses: SecretThrottle): Middleware {
  const prefix = path.toUpperCase();
  return async function limitRegistrationMiddleware(ctx, next) {
    // The library's routes have no case.
    if (!ctx.path.toUpperCase().startsWith(prefix)) return next();
    const place = { client: '', address: ctx.ip };
    if (await guesses.isSpent(place)) {
      const { status, error, error_description } = new TooManyAttempts(ctx, SECRET_WINDOW_S);
      Object.assign(ctx, { status, body: { error, error_description } });
      ctx.set('Cache-Control', 'no-store');
      ctx.state.guess = { target: 'registration_token', outcome: 'not_looked_at' };
      return;
    }
    await next();
    if (!ROUTES.has(String(routeOf(ctx)))) return;
    if (ctx.status < 300) await guesses.succeeded(place);
    if (ctx.status !== 401) return;
    await guesses.failed(place);
    ctx.state.guess = { target: 'registration_token', outcome: 'wrong' };
  };
}

function routeOf(ctx: Context): string | undefined {
  return (ctx as Partial<KoaContextWithOIDC>).oidc?.route;
}
