/** Whether a token lets somebody act for its subject (RFC 8693 §4.4). */

/** Who asks to act. */
export interface Actor {
  sub: string;
  /** The issuer that knows the actor by its `sub`. */
  iss: string;
  /** The client that exchanges. */
  client_id: string;
}

/**
 * Whether an actor is the one that the claim `may_act` names, by all that the claim says. A claim that says something else of
 * the actor, or does not name one, lets nobody act.
 */
export function mayAct(claim: unknown, actor: Actor): boolean {
  if (claim === undefined) return true;
  if (typeof claim !== 'object' || claim === null) return false;
  const named = new Map<string, unknown>(Object.entries(claim));
  const is = new Map<string, unknown>(Object.entries(actor));
  return (
    (named.has('sub') || named.has('client_id')) &&
    [...named].every(([member, value]) => is.has(member) && is.get(member) === value)
  );
}
