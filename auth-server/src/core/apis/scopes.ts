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

/** Why no scope is granted: `scope` is the first requested one that does not exist, or not here. */
export interface UnknownScope {
  reason: 'unknown_scope';
  scope: string;
}

/**
 * Decides which scopes a request with this `scope` parameter gets. A client that asks for none gets all scopes of the API.
 * Beside `openid` a scope that does not exist is ignored (OpenID Connect Core §3.1.2.1); one that exists elsewhere is not.
 *
 * @param known the scopes that may be requested
 * @param elsewhere the scopes of other APIs
 */
export function decideScope(
  requested: string | undefined,
  known: readonly string[] = SCOPES,
  elsewhere: readonly string[] = [],
): Result<string, UnknownScope> {
  if (requested === undefined) return { ok: true, value: SCOPES.join(' ') };
  const scopes = [...new Set(requested.split(' '))];
  const isOfOpenId = scopes.includes('openid') && known.includes('openid');
  const refused = scopes.find(
    (scope) => !known.includes(scope) && (!isOfOpenId || elsewhere.includes(scope)),
  );
  return refused === undefined
    ? { ok: true, value: scopes.filter((scope) => known.includes(scope)).join(' ') }
    : { ok: false, refusal: { reason: 'unknown_scope', scope: refused } };
}
