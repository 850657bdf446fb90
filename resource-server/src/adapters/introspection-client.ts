/** Asks the authorization server about a token (RFC 7662), as a client of its own. */
import { basicCredentials } from 'shared/oauth/basic-credentials.ts';
import { introspectionResponse } from 'shared/oauth/introspection-response.ts';
import type { Upstream, UpstreamAnswer } from 'shared/upstream/upstream.ts';
import type { Introspect, Introspection } from '../core/authorization.ts';
import type { Clock } from '../core/clock.ts';

/** How far the clock of the authorization server may be ahead of ours, in seconds. */
const MAX_AHEAD_S = 60;

/** The form of the answers: what to ask for, and how to read what is said of a token. */
export interface AnswerFormat {
  accept: string;
  read(answer: UpstreamAnswer, token: string): Introspection | Promise<Introspection>;
}

/** Answers as plain JSON (RFC 7662 §2.2), which are as good as the connection that they come over. */
export function plainAnswers(authServer: Upstream): AnswerFormat {
  return {
    accept: 'application/json',
    read: (answer) => authServer.parse(introspectionResponse, answer),
  };
}

/** Asks on every call: answers are never kept, so that a revoked token is refused at once. */
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
    // Unlike an end in the past, a beginning in the future does not come with time: the answer itself is wrong.
    if (Math.max(iat, nbf) * 1000 > clock() + MAX_AHEAD_S * 1000)
      throw authServer.invalidResponse('calls a token active that begins later');
    return introspection;
  };
}
