/** The scopes that exist (RFC 6749 §3.3), and what those of OpenID Connect mean to a user. */
import type { Result } from 'shared/core/result.ts';

/** The scopes of the API: one for each of its endpoints. */
export const SCOPES = ['current_time', 'epoch_time'] as const;

/** What a client may do with a scope of OpenID Connect (Core §5.4, §11), as the end of a sentence that begins "… asks to:". */
export const OIDC_MEANINGS = {
  openid: 'Know who you are',
  profile: 'See your name and username',
  email: 'See your email address',
  offline_access: 'Keep this access while you are away',
};

/** The scopes of OpenID Connect. */
export const OIDC_SCOPES = Object.keys(OIDC_MEANINGS) as (keyof typeof OIDC_MEANINGS)[];

/** Why no scope is granted: the first one of the request that does not exist. */
export interface UnknownScope {
  reason: 'unknown_scope';
  scope: string;
}

/** The scopes to grant to a request with this `scope` parameter. A client that asks for none gets all of the API's. */
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
