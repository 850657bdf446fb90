/** The scopes that exist: one for each endpoint of the API (RFC 6749 §3.3). */

export const SCOPES = ['current_time', 'epoch_time'] as const;

/** What a request for scopes comes to: the scopes to grant, or the first one that does not exist. */
export type ScopeDecision = { granted: string } | { unknown: string };

/** Decides on a `scope` parameter. A client that asks for none gets them all. */
export function decideScope(requested: string | undefined): ScopeDecision {
  if (requested === undefined) return { granted: SCOPES.join(' ') };
  const scopes = [...new Set(requested.split(' '))];
  const unknown = scopes.find((scope) => !SCOPES.some((known) => known === scope));
  return unknown === undefined ? { granted: scopes.join(' ') } : { unknown };
}
