/** Who may see inside a token (RFC 7662 §4). */

/** The client and the token that an introspection is about. */
export interface IntrospectionRequest {
  caller: { clientId: string; resource: string | undefined };
  token: { clientId: string | undefined; audience: string[] };
}

/** Whether a caller may see inside a token: it was issued to the caller, or is meant for the API that the caller is. */
export function mayIntrospect({ caller, token }: IntrospectionRequest): boolean {
  return (
    caller.clientId === token.clientId ||
    (caller.resource !== undefined && token.audience.includes(caller.resource))
  );
}
