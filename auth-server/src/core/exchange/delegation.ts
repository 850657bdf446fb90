/** What an exchanged token says of its delegation: who acts for its user (RFC 8693 §4.1), and which tokens it came from. */
import { isActor, MAX_ACTORS } from 'shared/core/act-claim.ts';

/** Who acts for a user, and whom that actor acts for in turn, if for another actor (RFC 8693 §4.1). */
export interface Act {
  /** The id of the client that exchanged the token, or the subject of the actor token. */
  sub: string;
  /** The issuer of the actor token, where that is another one. */
  iss?: string;
  /** The client that exchanged the token, where the actor is somebody else. */
  client_id?: string;
  act?: Act;
}

/** A token that was exchanged. */
export interface Ancestor {
  /** The name by which its revocation is remembered; see {@link RevocationList}. */
  jti: string;
  aud: string;
}

/** Where an exchanged token came from. */
export interface Origin {
  /** The client of the first token. */
  client_id: string;
  /** The grant of the first token; a token of the password grant has none. */
  grant_id?: string;
  /** The tokens that were exchanged one after another, the first one first. */
  tokens: readonly Ancestor[];
}

/** The delegation of an exchanged token, as its claims tell it. */
export interface Delegation {
  act: Act;
  origin: Origin;
}

/** The actors of a token, the one that acts now first. */
export function actorsOf(act: Act | undefined): Act[] {
  return act === undefined ? [] : [act, ...actorsOf(act.act)];
}

/** The clients that exchanged a token, the last one first. */
export function exchangersOf(act: Act | undefined): string[] {
  return actorsOf(act).map(({ sub, client_id }) => client_id ?? sub);
}

/** Whether two claims have the form of a delegation: a forger who has a leaked key chooses those, too. */
export function isDelegation(claims: { act?: unknown; origin?: unknown }): boolean {
  const { act, origin } = claims;
  if (act === undefined && origin === undefined) return true;
  return isAct(act, MAX_ACTORS) && isOrigin(origin);
}

function isAct(value: unknown, depth: number): value is Act {
  return depth > 0 && isActor(value) && (value.act === undefined || isAct(value.act, depth - 1));
}

function isOrigin(value: unknown): value is Origin {
  if (!isObject(value)) return false;
  const { client_id, grant_id, tokens } = value;
  return (
    typeof client_id === 'string' &&
    (grant_id === undefined || typeof grant_id === 'string') &&
    Array.isArray(tokens) &&
    tokens.length <= MAX_ACTORS &&
    tokens.every((one) => isObject(one) && typeof one.jti === 'string' && typeof one.aud === 'string')
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
