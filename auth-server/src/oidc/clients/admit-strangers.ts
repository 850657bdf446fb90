/** Lets strangers register clients (RFC 7591 §3): whoever shows no token, from the pages of any site too. */
import { randomBytes } from 'node:crypto';
import type { Context, Middleware, Next } from 'koa';
import { bodyOf } from 'shared/http/body-limit.ts';
import { MAX_REGISTRATION_BYTES } from '../../core/clients/stranger-registrations.ts';
import {
  REGISTRATION_WINDOW_S,
  type RegistrationThrottle,
} from '../../core/throttle/registration-throttle.ts';
import { noteStranger } from '../stranger-requests.ts';
import { TooManyAttempts } from '../too-many-attempts.ts';

/**
 * What the library takes for the initial access token where there is none. Nobody knows it, so that nobody passes who does not come
 * this way.
 */
const OF_STRANGERS = randomBytes(32).toString('base64url');

/** How long browsers remember what pages may send, in seconds. */
const PREFLIGHT_S = '3600';

/** The token that the library asks everybody for who registers a client; strangers are given it on their way. */
export function libraryToken(initialAccessToken: string | undefined): string {
  return initialAccessToken ?? OF_STRANGERS;
}

/**
 * Admits so many registrations of strangers from one address. Whoever sends an Authorization header is no stranger, but has to
 * have the token, where there is one.
 *
 * @param path where clients are registered
 * @param initialAccessToken the token of those who are no strangers, if there are any
 */
export function admitStrangers(
  path: string,
  throttle: RegistrationThrottle,
  initialAccessToken: string | undefined,
): Middleware {
  // The library's routes have no case.
  const endpoint = new RegExp(`^${path}/?$`, 'i');
  return function admitStrangersMiddleware(ctx, next) {
    if (!endpoint.test(ctx.path)) return next();
    // No credentials of a browser open anything here, so it does not matter whose page asks (Fetch §3.2).
    if (ctx.get('Origin') !== '') ctx.set('Access-Control-Allow-Origin', '*');
    if (ctx.method === 'OPTIONS' && ctx.get('Access-Control-Request-Method') !== '') return preflight(ctx);
    if (ctx.method !== 'POST') return next();
    return initialAccessToken !== undefined && ctx.headers.authorization !== undefined
      ? next()
      : admit(ctx, next);
  };

  async function admit(ctx: Context, next: Next): Promise<void> {
    noteStranger(ctx);
    if (Buffer.byteLength(bodyOf(ctx)) > MAX_REGISTRATION_BYTES) return refuseTooLarge(ctx);
    if (!(await throttle.admit(ctx.ip))) return refuseTooMany(ctx);
    ctx.req.headers.authorization = `Bearer ${libraryToken(initialAccessToken)}`;
    try {
      await next();
    } finally {
      if (ctx.status !== 201) await throttle.takeBack(ctx.ip);
    }
  }
}

function preflight(ctx: Context): void {
  ctx.status = 204;
  ctx.set({
    'Access-Control-Allow-Methods': 'POST',
    'Access-Control-Allow-Headers': '*, Authorization',
    'Access-Control-Max-Age': PREFLIGHT_S,
  });
}

function refuseTooMany(ctx: Context): void {
  const { status, error, error_description } = new TooManyAttempts(
    ctx,
    REGISTRATION_WINDOW_S,
    'there were too many registrations from this address',
  );
  refuse(ctx, status, { error, error_description });
}

function refuseTooLarge(ctx: Context): void {
  const error_description = `a registration must not have more than ${MAX_REGISTRATION_BYTES} bytes`;
  refuse(ctx, 400, { error: 'invalid_client_metadata', error_description });
}

function refuse(ctx: Context, status: number, body: object): void {
  Object.assign(ctx, { status, body });
  ctx.set('Cache-Control', 'no-store');
  ctx.state.route = 'registration';
}
