/** The scopes of the API and of OpenID Connect (RFC 6749 §3.3), and which of them a request gets. */
import type { Result } from 'shared/core/result.ts';

/** The scopes of the API: one for each of its endpoints. */
export const SCOPES = ['current_time', 'epoch_time'] as const;

/** What each scope of OpenID Connect (Core §5.4, §11) lets a client do. On the consent page each text follows "… asks to:". */
export const OIDC_MEANINGS = {
  openid: 'Know who you are',
  profile: 'See your name and username',
  email: 'See your email address',
  offline_access: 'Keep this access while you are away',
};

/** The scopes of OpenID Connect. */
export const OIDC_SCOPES = Object.keys(OIDC_MEANINGS) as (keyof typeof OIDC_MEANINGS)[];

/** Why no scope is granted: `scope` is the first requested one that does not exist. */
export interface UnknownScope {
  reason: 'unknown_scope';
  scope: string;
}

/**
 * Decides which scopes a request with this `scope` parameter gets. A client that asks for none gets all scopes of the API.
 *
 * @param known the scopes that may be requested
 */
export function decideScope(
  requested: string | undefined,
  known: readonly string[] = SCOPES,
): Result<string, UnknownScope> {
  if (requested === undefined) return { ok: true, value: SCOPES.join(' ') };
  const scopes = [...new Set(requested.split(' '))];
  const unknown = scopes.find((scope) => !known.includes(scope));
  return unknown === undefined
    ? { ok: true, value: scopes.join(' ') }
    : { ok: false, refusal: { reason: 'unknown_scope', scope: unknown } };
}
