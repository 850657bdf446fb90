/** Names those who act for a user (RFC 8693 §4.1). */
import type { Actor } from 'guard';

/** The identifier of an actor, after the issuer that knows it where the token names one: another's could be the same. */
export function nameOf({ sub, issuer }: Actor): string {
  return issuer === undefined ? sub : `${issuer} ${sub}`;
}

/** The client that an actor is, or through which it acts. */
export function clientOf(actor: Actor): string {
  return actor.clientId ?? nameOf(actor);
}
