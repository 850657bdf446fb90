/** Decides whether a call is authorized (RFC 6750, RFC 9449 for tokens that are bound to a key, RFC 9470 for the sign-in). */
import { sameResource } from 'shared/core/resource-indicators.ts';
import type { Result } from 'shared/core/result.ts';
import { type Actor, actorsIn } from './actors.ts';
import { type AuthenticationNeed, signedInAsNeeded } from './authentication.ts';
import type { Clock } from './clock.ts';
import type { CheckProof } from './dpop-proof.ts';
import { type Need, scopesOf } from './need.ts';

/** What is known of a token that is in force (RFC 7662 §2.2, RFC 9068 §2.2). Times are in seconds since the epoch. */
export interface ActiveToken {
  active: true;
  /** The scopes, separated by spaces. */
  scope?: string | undefined;
  client_id?: string | undefined;
  sub?: string | undefined;
  aud?: string | string[] | undefined;
  cnf?: Record<string, unknown> | undefined;
  jti?: string | undefined;
  token_type?: string | undefined;
  exp?: number | undefined;
  iat?: number | undefined;
  nbf?: number | undefined;
  /** How the user signed in, and when (RFC 9470 §6). */
  acr?: string | undefined;
  auth_time?: number | undefined;
  /** Who acts for the user (RFC 8693 §4.1). */
  act?: Record<string, unknown> | undefined;
}

/** What the authorization server says about a token. */
export type Introspection = { active: false } | ActiveToken;

/** The port that checks tokens. It rejects during an outage, and never makes up an answer. */
export type Introspect = (token: string) => Promise<Introspection>;

/** How a token is presented, which also decides the scheme of the challenge when it is refused. */
export type Scheme = 'Bearer' | 'DPoP';

/** A token as a request presents it: alone (RFC 6750 §2.1), or with a proof of its key (RFC 9449 §7.1). */
export type Presented =
  | { scheme: 'Bearer'; token: string }
  | { scheme: 'DPoP'; token: string; proof: string; method: string; url: string };

/** Who makes an authorized call. */
export interface Caller {
  /** The user for whom the client calls; undefined when it calls for itself. */
  user?: string;
  clientId?: string;
  scopes: readonly string[];
  /** Who acts for the user (RFC 8693 §4.1), the one that calls now first; empty when nobody was delegated to. */
  actors: readonly Actor[];
  /** All that is known of the token, without the token itself. */
  token: ActiveToken;
}

/** Why a token does not authorize the call, whatever its scope. */
export type TokenFault =
  /** It is expired, revoked or unknown. */
  | 'inactive'
  | 'no_access_token'
  | 'another_api'
  | 'no_user'
  /** It does not say in a known way who acts for its user, or names too many. */
  | 'unknown_actors'
  /** It came with a proof, and is not bound to a key. */
  | 'unbound'
  | 'unknown_binding'
  /** It is bound to a key, and came without a proof. */
  | 'bound';

/**
 * Why a call with a token is refused, by the error codes of RFC 6750 §3.1, RFC 9449 §7.1 and RFC 9470 §3. The caller is known
 * when nothing else is wrong with the token.
 */
export type Refusal =
  | { reason: 'invalid_token'; scheme: Scheme; fault: TokenFault }
  | { reason: 'invalid_dpop_proof'; scheme: Scheme }
  | { reason: 'insufficient_scope'; scheme: Scheme; scope: string; caller: Caller }
  | { reason: 'insufficient_user_authentication'; scheme: Scheme; need: AuthenticationNeed; caller: Caller };

/** The caller, or why the call is refused. */
export type Authorization = Result<Caller, Refusal>;

/**
 * Authorizes calls to one API. The token must be an active access token that its rightful client presents, issued for
 * this API, and all that the call needs.
 *
 * @param resource the identifier of the API, which the token must have as `aud`
 */
export function authorizer(resource: string, introspect: Introspect, checkProof: CheckProof, clock: Clock) {
  return async function authorize(presented: Presented, need: Need): Promise<Authorization> {
    const { scheme } = presented;
    const token = await introspect(presented.token);
    // A function for `tokens` may be written in JavaScript, where "false" is true.
    if (token.active !== true || hasEnded(token, clock())) return invalidToken(scheme, 'inactive');
    const { aud = [], sub } = token;
    const type = token.token_type?.toLowerCase() ?? 'bearer';
    if (!['bearer', 'dpop'].includes(type)) return invalidToken(scheme, 'no_access_token');
    // A DPoP token is bound to a key even when the answer does not say which.
    const cnf = token.cnf ?? (type === 'dpop' ? {} : undefined);
    // Comes before the other checks: a caller that cannot prove the key learns nothing else about the token.
    if (cnf !== undefined || scheme === 'DPoP') {
      const refusal = await refusalOfBinding(presented, cnf, sub, checkProof);
      if (refusal) return { ok: false, refusal };
    }
    if (![aud].flat().some((one) => sameResource(one, resource))) return invalidToken(scheme, 'another_api');
    const user = userOf(token);
    const actors = actorsIn(token.act);
    if (actors === undefined) return invalidToken(scheme, 'unknown_actors');
    // Who acts for somebody does not call for itself: a user with the name of a client must not pass for that client.
    const mayBeClient = need.user === 'optional' && actors.length === 0;
    if (user === undefined && !mayBeClient) return invalidToken(scheme, 'no_user');
    return withinNeed(callerOf(token, user, actors), need, scheme);
  };

  function withinNeed(caller: Caller, need: Need, scheme: Scheme): Authorization {
    const { scope = '' } = need;
    if (!scopesOf(scope).every((one) => caller.scopes.includes(one)))
      return { ok: false, refusal: { reason: 'insufficient_scope', scheme, scope, caller } };
    if (!signedInAsNeeded(caller.token, need, clock()))
      return { ok: false, refusal: { reason: 'insufficient_user_authentication', scheme, need, caller } };
    return { ok: true, value: caller };
  }
}

/** The user of a token: undefined for a client's own, which names the client as its subject (RFC 9068 §2.2) or nobody. */
function userOf({ sub, client_id }: ActiveToken): string | undefined {
  // A function for `tokens` may be written in JavaScript, and its `sub` be null.
  return typeof sub === 'string' && sub !== '' && sub !== client_id ? sub : undefined;
}

function callerOf(token: ActiveToken, user: string | undefined, actors: Actor[]): Caller {
  const { client_id, scope = '' } = token;
  return {
    ...(user !== undefined && { user }),
    ...(client_id !== undefined && { clientId: client_id }),
    scopes: scopesOf(scope),
    actors,
    token,
  };
}

/** Whether an active token has expired while its answer was on the way. No clock skew is allowed. */
function hasEnded({ exp }: { exp?: number | undefined }, nowMs: number): boolean {
  // The other way round, a time that is not a number would never be over.
  return exp !== undefined && !(exp * 1000 > nowMs);
}

/** RFC 9449 §7.1: a bound token needs the DPoP scheme, and a proof made with the token's key. */
async function refusalOfBinding(
  presented: Presented,
  cnf: Record<string, unknown> | undefined,
  user: string | undefined,
  checkProof: CheckProof,
): Promise<Refusal | undefined> {
  const { scheme } = presented;
  if (cnf === undefined) return refusedToken(scheme, 'unbound');
  const { jkt, ...others } = cnf;
  if (typeof jkt !== 'string' || Object.keys(others).length > 0)
    return refusedToken(scheme, 'unknown_binding');
  if (presented.scheme === 'Bearer') return refusedToken('DPoP', 'bound');
  if (await checkProof({ ...presented, thumbprint: jkt, user })) return undefined;
  return { reason: 'invalid_dpop_proof', scheme };
}

function invalidToken(scheme: Scheme, fault: TokenFault): Authorization {
  return { ok: false, refusal: refusedToken(scheme, fault) };
}

function refusedToken(scheme: Scheme, fault: TokenFault): Refusal {
  return { reason: 'invalid_token', scheme, fault };
}
