/** The guard in Fastify. */
import { type IncomingRequest, nodeRequest } from 'shared/oauth/incoming-request.ts';
import type { Guard, Need, Outcome } from '../guard.ts';
import type { GuardedReply, GuardedRequest } from './fastify-request.ts';

/** An `onRequest` hook of a route: lets a call pass that has what it needs, with its caller in `request.caller`. */
export const protect = (guard: Guard, need?: Need) => hook(guard.authorizerFor(need));

/** An `onRequest` hook of the server: answers requests for the metadata of the API (RFC 9728), and lets any other pass. */
export const metadata = (guard: Guard) => hook((request) => guard.describe(request));

function hook(decide: (request: IncomingRequest) => Outcome | Promise<Outcome>) {
  return async (request: GuardedRequest, reply: GuardedReply): Promise<GuardedReply | undefined> => {
    const outcome = await decide(nodeRequest(request.raw, request.originalUrl));
    request.caller = outcome.caller ?? request.caller;
    if (outcome.ok) return undefined;
    const { status, headers, body } = outcome.answer;
    return reply.code(status).headers(headers).send(JSON.stringify(body));
  };
}
