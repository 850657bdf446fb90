/** Who may do what at the admin API. */
import { sameResource } from 'shared/core/resource-indicators.ts';
import type { Result } from 'shared/core/result.ts';
import { type AdminScope, isOwnScope, mayAdminister } from '../apis/admin-scopes.ts';
import type { ClientStore } from '../clients/client-registration.ts';
import type { ActsBy } from '../grants/grant-list.ts';
import type { UserStore } from '../users/user-store.ts';

/** What a verified access token says. */
export interface VerifiedToken {
  sub: string;
  clientId: string;
  scopes: string[];
  audience: string[];
  /** The grant that the token belongs to; undefined when there is none. */
  grantId?: string | undefined;
  /** The session in which its user was signed in; undefined where it is not known. */
  session?: string | undefined;
}

/**
 * The port that verifies access tokens of this issuer. It resolves with undefined for anything else, for a token that has
 * expired or was revoked or whose grant has ended, and for a token that is bound to a key, because the admin API takes no
 * proof of the key (RFC 9449 §7.2).
 */
export type VerifyToken = (token: string) => Promise<VerifiedToken | undefined>;

/** Who acts: a user through a client, or a client for itself. */
export interface Actor {
  client: string;
  user?: string | undefined;
  /** The grant and the session that the token belongs to, so that users who end their sessions can keep these. */
  own?: ActsBy | undefined;
}

/**
 * Why a call is refused. The first two reasons are error codes of RFC 6750 §3.1; with the third, another token would not
 * help. The actor is known once the token is verified.
 */
export type AdminRefusal =
  | { reason: 'invalid_token'; actor?: undefined; description: string }
  | { reason: 'insufficient_scope'; actor: Actor; description: string; scope: AdminScope }
  | { reason: 'forbidden'; actor: Actor; description: string };

/** Who acts, or why the call is refused. */
export type AdminAuthorization = Result<Actor, AdminRefusal>;

/** What the authorizer needs. */
export interface AdminAuthorizerDependencies {
  /** The identifier of the admin API, which its tokens must have in their audience. */
  resource: string;
  verify: VerifyToken;
  users: Pick<UserStore, 'find'>;
  clients: ClientStore;
}

/**
 * Authorizes calls. The token must be valid and meant for this API, must have the scope, and must belong to a client that
 * may administer. Every active user may then manage their own account. Everything else needs a user with the role
 * `admin`, or a client that acts for itself and is registered with the scope.
 */
export function adminAuthorizer({ resource, verify, users, clients }: AdminAuthorizerDependencies) {
  return async function authorize(token: string, scope: AdminScope): Promise<AdminAuthorization> {
    const verified = await verify(token);
    if (verified === undefined) return invalidToken('the token is expired, revoked or unknown');
    const { sub, clientId, scopes, audience, grantId: grant, session } = verified;
    if (!audience.some((one) => sameResource(one, resource)))
      return invalidToken('the token is for another API');
    const client = await clients.find(clientId);
    // RFC 9068 §2.2: a client's own token names the client as its subject.
    const actor: Actor =
      sub === clientId
        ? { client: clientId }
        : { client: clientId, user: sub, own: grant === undefined ? undefined : { grant, session } };
    if (!mayAdminister(client)) return forbidden(actor, 'this client may not administer anything');
    if (!scopes.includes(scope)) {
      const description = `the token's scope does not include ${scope}`;
      return { ok: false, refusal: { reason: 'insufficient_scope', actor, description, scope } };
    }
    return actor.user === undefined
      ? forClient(actor, client?.scope, scope)
      : forUser(actor, await users.find(sub), scope);
  };
}

function forClient(actor: Actor, registered: unknown, scope: AdminScope): AdminAuthorization {
  if (isOwnScope(scope)) return forbidden(actor, 'this is for users, and the token belongs to a client');
  const scopes = typeof registered === 'string' ? registered.split(' ') : [];
  return scopes.includes(scope)
    ? { ok: true, value: actor }
    : forbidden(actor, `this client is not registered with the scope ${scope}`);
}

function forUser(
  actor: Actor,
  user: Awaited<ReturnType<UserStore['find']>>,
  scope: AdminScope,
): AdminAuthorization {
  if (user?.status !== 'active') return invalidToken('the user of the token is unknown or disabled');
  if (isOwnScope(scope) || user.roles.includes('admin')) return { ok: true, value: actor };
  return forbidden(actor, 'this is for administrators');
}

function invalidToken(description: string): AdminAuthorization {
  return { ok: false, refusal: { reason: 'invalid_token', description } };
}

function forbidden(actor: Actor, description: string): AdminAuthorization {
  return { ok: false, refusal: { reason: 'forbidden', actor, description } };
}
