/** Who may see inside a token (RFC 7662 §4). */
import type { Apis } from '../apis/apis.ts';

/** The client that introspects, and the token that it asks about. */
export interface IntrospectionRequest {
  caller: string;
  token: { clientId: string | undefined; audience: string[] };
}

/** Whether a caller may see inside a token: it was issued to the caller, or the caller runs an API that it is meant for. */
export function mayIntrospect({ caller, token }: IntrospectionRequest, apis: Apis): boolean {
  return (
    caller === token.clientId ||
    token.audience.some((resource) => apis.find(resource)?.resourceServers.has(caller) === true)
  );
}
