/** Introspects tokens at the authorization server (RFC 7662), as a client of its own. */
import type { Introspect, Introspection } from 'guard';
import { basicCredentials } from 'shared/oauth/basic-credentials.ts';
import { introspectionResponse } from 'shared/oauth/introspection-response.ts';
import type { Upstream, UpstreamAnswer } from 'shared/upstream/upstream.ts';
import type { Clock } from '../core/time.ts';

/** How far the clock of the authorization server may be ahead of ours, in seconds. */
const MAX_AHEAD_S = 60;

/** The format of introspection answers: the media type to ask for, and how to read it. */
export interface AnswerFormat {
  accept: string;
  read(answer: UpstreamAnswer, token: string): Introspection | Promise<Introspection>;
}

/** Plain JSON answers (RFC 7662 §2.2), which are only as trustworthy as the connection. */
export function plainAnswers(authServer: Upstream): AnswerFormat {
  return {
    accept: 'application/json',
    read: (answer) => authServer.parse(introspectionResponse, answer),
  };
}

/**
 * The port to the authorization server. It asks on every call and caches nothing, so that a revoked token is refused at
 * once. It rejects with an `UpstreamFault` when there is no usable answer.
 */
export function introspectionClient(
  authServer: Upstream,
  endpoint: string,
  clientId: string,
  clientSecret: string,
  { accept, read }: AnswerFormat,
  clock: Clock,
): Introspect {
  const authorization = basicCredentials(clientId, clientSecret);
  return async function introspect(token) {
    const answer = await authServer.send({
      url: endpoint,
      repeatable: true,
      headers: { authorization, accept },
      form: { token, token_type_hint: 'access_token' },
    });
    if (answer.status !== 200)
      throw authServer.invalidResponse(`refused the introspection request with ${answer.status}`);
    const introspection = await read(answer, token);
    const { iat = 0, nbf = 0 } = introspection.active ? introspection : {};
    // A token can expire on the way, but one that begins in the future cannot be active: the answer itself is wrong.
    if (Math.max(iat, nbf) * 1000 > clock() + MAX_AHEAD_S * 1000)
      throw authServer.invalidResponse('says that a token is active that becomes valid later');
    return introspection;
  };
}
