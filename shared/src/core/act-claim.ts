/** The form of the claim `act`, which names those who act for the user of a token (RFC 8693 §4.1). */

/** The most actors that a token names: the issuer lets no chain become longer. */
export const MAX_ACTORS = 5;

/** One actor as a claim names it. */
export interface ActorClaims {
  sub: string;
  iss?: string;
  client_id?: string;
  /** The actor for whom this one acts, if for another; it has the same form. */
  act?: unknown;
}

/** Whether a value names an actor. That which it acts for in turn is left to the caller. */
export function isActor(value: unknown): value is ActorClaims {
  if (typeof value !== 'object' || value === null) return false;
  const { sub, iss, client_id } = value as Record<string, unknown>;
  return isName(sub) && [iss, client_id].every((one) => one === undefined || isName(one));
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
