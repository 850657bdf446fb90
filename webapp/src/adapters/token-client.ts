/** Gets an access token by the resource owner password credentials grant (RFC 6749 §4.3). */
import { basicCredentials } from 'shared/oauth/basic-credentials.ts';
import { errorResponse, tokenResponse } from 'shared/oauth/token-response.ts';
import type { Upstream } from 'shared/upstream/upstream.ts';
import type { GetToken } from '../core/ask-the-time.ts';

/**
 * Asks for a token on every call, as a client that authenticates by HTTP Basic (RFC 6749 §2.3.1). Nothing is kept. The
 * authorization server is told the user's address, since it would else count the wrong passwords of all users as ours.
 */
export function tokenClient(
  authServer: Upstream,
  endpoint: string,
  clientId: string,
  clientSecret: string,
): GetToken {
  const authorization = basicCredentials(clientId, clientSecret);
  return async function getToken({ username, password }, scope, address) {
    const answer = await authServer.send({
      url: endpoint,
      // A token that nobody gets is forgotten in seconds.
      repeatable: true,
      headers: { authorization, accept: 'application/json' },
      form: {
        grant_type: 'password',
        username,
        password,
        scope,
        ...(address !== '' && { end_user_address: address }),
      },
    });
    if (answer.status === 200)
      return { ok: true, value: authServer.parse(tokenResponse, answer).access_token };
    if (answer.status !== 400 && answer.status !== 401)
      throw authServer.invalidResponse(`answered ${answer.status}`);
    const { error } = authServer.parse(errorResponse, answer);
    return {
      ok: false,
      refusal: { by: 'auth-server', of: error === 'invalid_grant' ? 'user' : 'webapp', reason: error },
    };
  };
}
