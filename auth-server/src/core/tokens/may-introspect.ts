/** Who may see inside a token (RFC 7662 §4). */
import { sameResource } from 'shared/core/resource-indicators.ts';

/** The client that introspects, and the token that it asks about. */
export interface IntrospectionRequest {
  caller: { clientId: string; resource: string | undefined };
  token: { clientId: string | undefined; audience: string[] };
}

/** Whether a caller may see inside a token: it was issued to the caller, or it is meant for the API that the caller runs. */
export function mayIntrospect({ caller, token }: IntrospectionRequest): boolean {
  return caller.clientId === token.clientId || isFor(token.audience, caller.resource);
}

function isFor(audience: string[], resource: string | undefined): boolean {
  return resource !== undefined && audience.some((one) => sameResource(one, resource));
}
