/** Whether a call to an endpoint is authorized (RFC 6750, and RFC 9449 for tokens that are bound to a key). */
import type { Result } from 'shared/core/result.ts';
import type { Clock } from './clock.ts';
import type { CheckProof } from './dpop-proof.ts';

/** What the authorization server says of a token (RFC 7662 §2.2). */
export type Introspection =
  | { active: false }
  | {
      active: true;
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
    };

/** The port to the authorization server. It rejects when there is no answer; it never answers for one. */
export type Introspect = (token: string) => Promise<Introspection>;

/** How a token is presented, and so how a refusal of it is told. */
export type Scheme = 'Bearer' | 'DPoP';

/** A token as a request presents it: by itself (RFC 6750 §2.1), or with a proof of its key (RFC 9449 §7.1). */
export type Presented =
  | { scheme: 'Bearer'; token: string }
  | { scheme: 'DPoP'; token: string; proof: string; method: string; url: string };

/** Who a call is for, once it is authorized. */
export interface Caller {
  clientId?: string;
  user: string;
}

/**
 * Why a call is refused; those with a scheme are the error codes of RFC 6750 §3.1 and RFC 9449 §7.1. The caller is known
 * when only the scope is missing.
 */
export type Refusal =
  | { reason: 'no_token' }
  | { reason: 'invalid_request'; scheme: Scheme; description: string }
  | { reason: 'invalid_token'; scheme: Scheme; description: string }
  | { reason: 'invalid_dpop_proof'; scheme: Scheme; description: string }
  | { reason: 'insufficient_scope'; scheme: Scheme; description: string; scope: string; caller: Caller };

/** Who a call is for, or why it is refused. */
export type Authorization = Result<Caller, Refusal>;

/**
 * Authorizes calls to one API: the token must be an active access token, presented by who may present it, for this API,
 * bound to a user, and in scope.
 */
export function authorizer(resource: string, introspect: Introspect, checkProof: CheckProof, clock: Clock) {
  return async function authorize(presented: Presented, scope: string): Promise<Authorization> {
    const { scheme } = presented;
    const introspection = await introspect(presented.token);
    if (!introspection.active || hasEnded(introspection, clock()))
      return invalidToken(scheme, 'the token is expired, revoked or unknown');
    const { aud = [], sub, client_id, scope: granted = '' } = introspection;
    const type = introspection.token_type?.toLowerCase() ?? 'bearer';
    if (!['bearer', 'dpop'].includes(type)) return invalidToken(scheme, 'the token is not an access token');
    // A DPoP token is bound to a key even when the answer does not say to which.
    const cnf = introspection.cnf ?? (type === 'dpop' ? {} : undefined);
    // Before all else that the token says: who cannot prove the key learns no more of the token.
    if (cnf !== undefined || scheme === 'DPoP') {
      const refusal = await refusalOfBinding(presented, cnf, sub, checkProof);
      if (refusal) return { ok: false, refusal };
    }
    if (![aud].flat().includes(resource)) return invalidToken(scheme, 'the token is for another API');
    // A client's own token names the client as its subject (RFC 9068 §2.2).
    if (sub === undefined || sub === client_id)
      return invalidToken(scheme, 'the token is not bound to a user');
    const caller = { user: sub, ...(client_id !== undefined && { clientId: client_id }) };
    if (!granted.split(' ').includes(scope)) {
      const description = `the token's scope does not include ${scope}`;
      return { ok: false, refusal: { reason: 'insufficient_scope', scheme, description, scope, caller } };
    }
    return { ok: true, value: caller };
  };
}

/**
 * Whether a token that was active has ended meanwhile, as one does while its answer is on the way. No clock skew is
 * granted: a token is good until `exp` and not after.
 */
function hasEnded({ exp }: { exp?: number | undefined }, nowMs: number): boolean {
  return exp !== undefined && exp * 1000 <= nowMs;
}

/** RFC 9449 §7.1: a bound token and the DPoP scheme go together, and the proof is by the token's key. */
async function refusalOfBinding(
  presented: Presented,
  cnf: Record<string, unknown> | undefined,
  user: string | undefined,
  checkProof: CheckProof,
): Promise<Refusal | undefined> {
  const { scheme } = presented;
  if (cnf === undefined) return refusedToken(scheme, 'the token is not bound to a key: send it as Bearer');
  const { jkt, ...others } = cnf;
  if (typeof jkt !== 'string' || Object.keys(others).length > 0)
    return refusedToken(scheme, 'the token is bound in a way that this API cannot check');
  if (presented.scheme === 'Bearer')
    return refusedToken('DPoP', 'the token is bound to a key and may not be used as a Bearer token');
  if (await checkProof({ ...presented, thumbprint: jkt, user })) return undefined;
  // Which check failed is told to nobody: the sender may hold a stolen token.
  return { reason: 'invalid_dpop_proof', scheme, description: 'the DPoP proof is not valid' };
}

function invalidToken(scheme: Scheme, description: string): Authorization {
  return { ok: false, refusal: refusedToken(scheme, description) };
}

function refusedToken(scheme: Scheme, description: string): Refusal {
  return { reason: 'invalid_token', scheme, description };
}
