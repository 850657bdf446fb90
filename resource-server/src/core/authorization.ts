/** Whether a call to an endpoint is authorized (RFC 6750). */

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
    };

/** The port to the authorization server. It rejects when there is no answer; it never answers for one. */
export type Introspect = (token: string) => Promise<Introspection>;

/** Why a call is refused; the first three are the error codes of RFC 6750 §3.1. */
export type Refusal =
  | { reason: 'invalid_request'; description: string }
  | { reason: 'invalid_token'; description: string }
  | { reason: 'insufficient_scope'; description: string; scope: string }
  | { reason: 'no_token' };

/** Who a call is for, once it is authorized. */
export interface Caller {
  clientId?: string;
  user: string;
}

export type Authorization = { caller: Caller } | { refusal: Refusal };

/** Authorizes calls to one API: the token must be active, for this API, bound to a user, and in scope. */
export function authorizer(resource: string, introspect: Introspect) {
  return async function authorize(token: string, scope: string): Promise<Authorization> {
    const introspection = await introspect(token);
    if (!introspection.active) return invalidToken('the token is expired, revoked or unknown');
    const { aud = [], sub, client_id, cnf, scope: granted = '' } = introspection;
    if (![aud].flat().includes(resource)) return invalidToken('the token is for another API');
    if (cnf !== undefined)
      return invalidToken('the token is bound to a key and may not be used as a Bearer token');
    // A client's own token names the client as its subject (RFC 9068 §2.2).
    if (sub === undefined || sub === client_id) return invalidToken('the token is not bound to a user');
    if (!granted.split(' ').includes(scope)) {
      const description = `the token's scope does not include ${scope}`;
      return { refusal: { reason: 'insufficient_scope', description, scope } };
    }
    return { caller: { user: sub, ...(client_id !== undefined && { clientId: client_id }) } };
  };
}

function invalidToken(description: string): Authorization {
  return { refusal: { reason: 'invalid_token', description } };
}
