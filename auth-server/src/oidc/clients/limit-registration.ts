/** Limits guesses of the tokens that open dynamic registration (RFC 7591 §3) and its management (RFC 7592 §2). */
import type { Context, Middleware, Next } from 'koa';
import type { errors, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { SECRET_WINDOW_S, type SecretThrottle } from '../../core/throttle/secret-throttle.ts';
import { isStranger } from '../stranger-requests.ts';
import type { FailedAttempt } from '../telemetry/throttle-metrics.ts';
import { TooManyAttempts } from '../too-many-attempts.ts';

/** The library's routes below the path. */
const ROUTES = new Set(['registration', 'client', 'client_update', 'client_delete']);

/**
 * Refuses tokens that come from where too many wrong ones came from, before the library looks at them.
 *
 * @param path where clients are registered; below it they are managed
 */
export function limitRegistration(path: string, throttle: SecretThrottle): Middleware {
  const prefix = path.toUpperCase();
  return function limitRegistrationMiddleware(ctx, next) {
    // The library's routes have no case.
    // A stranger shows no token, and proves nothing about the tokens that come from the same address.
    return ctx.path.toUpperCase().startsWith(prefix) && !isStranger(ctx) ? withinLimits(ctx, next) : next();
  };

  async function withinLimits(ctx: Context, next: Next): Promise<void> {
    const place = { client: managedClient(ctx.path, prefix), address: ctx.ip };
    if (await throttle.isSpent(place)) return refuse(ctx);
    await next();
    if (ctx.state.failedAttempt !== undefined) await throttle.failed(place);
    else if (ctx.status < 300 && ROUTES.has(String(routeOf(ctx)))) await throttle.succeeded(place);
  }
}

/** Makes a provider tell of wrong tokens. The answer may tell of something else, such as that the request took too long. */
export function noteWrongRegistrationTokens(provider: Provider): void {
  const note = ({ state }: KoaContextWithOIDC, { status }: errors.OIDCProviderError) => {
    if (status === 401)
      state.failedAttempt = { target: 'registration_token', outcome: 'wrong' } satisfies FailedAttempt;
  };
  provider.on('registration_create.error', note);
  provider.on('registration_read.error', note);
  provider.on('registration_update.error', note);
  provider.on('registration_delete.error', note);
}

/**
 * The id of the client that is managed at a path; empty where one is registered. Whoever has the token of one client must
 * not be known for it where the tokens of others are guessed, and the one that registers clients.
 */
function managedClient(path: string, prefix: string): string {
  return path.slice(prefix.length).replace(/^\/|\/$/g, '');
}

function refuse(ctx: Context): void {
  const { status, error, error_description } = new TooManyAttempts(ctx, SECRET_WINDOW_S);
  Object.assign(ctx, { status, body: { error, error_description } });
  ctx.set('Cache-Control', 'no-store');
  ctx.state.failedAttempt = {
    target: 'registration_token',
    outcome: 'not_looked_at',
  } satisfies FailedAttempt;
}

function routeOf(ctx: Context): string | undefined {
  return (ctx as Partial<KoaContextWithOIDC>).oidc?.route;
}
