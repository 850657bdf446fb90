/** Asks the authorization server about a token (RFC 7662), as a client of its own. */
import { basicCredentials } from 'shared/basic-credentials.ts';
import type { Upstream } from 'shared/http-client.ts';
import { introspectionResponse } from 'shared/wire/introspection-response.ts';
import type { Introspect } from '../core/authorization.ts';

/** Asks on every call: answers are never kept, so that a revoked token is refused at once. */
export function introspectionClient(
  authServer: Upstream,
  endpoint: string,
  clientId: string,
  clientSecret: string,
): Introspect {
  const authorization = basicCredentials(clientId, clientSecret);
  return async function introspect(token) {
    const answer = await authServer.send({
      method: 'POST',
      url: endpoint,
      headers: { authorization, accept: 'application/json' },
      form: { token, token_type_hint: 'access_token' },
    });
    if (answer.status !== 200)
      throw authServer.nonsense(`refused the introspection request with ${answer.status}`);
    return authServer.parse(introspectionResponse, answer);
  };
}
