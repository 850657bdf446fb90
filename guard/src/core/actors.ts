/** Reads who acts for the user of a token (RFC 8693 §4.1). */
import { isActor, MAX_ACTORS } from 'shared/core/act-claim.ts';

/** One who acts for the user of a token. */
export interface Actor {
  /** Its identifier, which is that of a client unless it is a user. */
  sub: string;
  /** The issuer that knows it by this identifier, where the token names one. */
  issuer?: string;
  /** The client through which it acts, where the token names one. */
  clientId?: string;
}

/**
 * The actors that an `act` claim names, the one that calls now first; none without the claim. It is undefined when one of them
 * cannot be read or there are too many, since what is left would look like a shorter chain.
 */
export function actorsIn(act: unknown): Actor[] | undefined {
  const actors: Actor[] = [];
  for (let rest = act; rest !== undefined; rest = rest.act) {
    if (!isActor(rest) || actors.length === MAX_ACTORS) return undefined;
    const { sub, iss, client_id } = rest;
    actors.push({
      sub,
      ...(iss !== undefined && { issuer: iss }),
      ...(client_id !== undefined && { clientId: client_id }),
    });
  }
  return actors;
}
