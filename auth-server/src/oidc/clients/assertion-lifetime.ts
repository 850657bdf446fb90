/** Bounds how long the assertions of clients are good (RFC 7523 §3): so long it is remembered that each was used. */
import { errors } from 'oidc-provider';

/** How far ahead the `exp` of an assertion may be, in seconds. */
const MAX_VALIDITY_S = 24 * 60 * 60;

/** @throws {errors.InvalidClientAuth} when an assertion is good for longer than a day */
export function requireShortLife({ exp }: Record<string, unknown>): void {
  if (Number(exp) > Date.now() / 1_000 + MAX_VALIDITY_S)
    throw new errors.InvalidClientAuth('the client assertion is valid for more than 24 hours');
}
