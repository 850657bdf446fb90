/** The refusal of an attempt that a throttle does not let through, as an error of the library. */
import type { Context } from 'koa';
import { errors } from 'oidc-provider';

/**
 * 429 (RFC 6585 §4) with an error of our own, since none of RFC 6749 §5.2 fits: `invalid_client` would have to be 401,
 * and would tell a client that its secret was looked at and is wrong.
 */
export class TooManyAttempts extends errors.CustomOIDCProviderError {
  override readonly name = 'TooManyAttempts';

  /**
   * @param windowS how long failed attempts count, in seconds: after that the caller may try again
   * @param what there was too much of
   */
  constructor(
    ctx: Pick<Context, 'set'>,
    windowS: number,
    what = 'there were too many wrong attempts from this address',
  ) {
    super('too_many_attempts', `${what}, try again later`);
    Object.assign(this, { status: 429, statusCode: 429 });
    ctx.set('Retry-After', String(windowS));
  }
}
