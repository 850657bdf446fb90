/** The guard in Fastify. */
import type { IncomingMessage } from 'node:http';
import { nodeRequest } from 'shared/oauth/incoming-request.ts';
import type { Caller, Guard, Need } from '../guard.ts';

/** A request of Fastify, with the caller once it is known. */
type Request = { raw: IncomingMessage; originalUrl: string; caller?: Caller | undefined };
type Reply = {
  code(status: number): Reply;
  headers(values: Record<string, string>): Reply;
  send(body: string): Reply;
};

/** A `preHandler` or `onRequest` hook: lets a call pass that has what it needs, with its caller in `request.caller`. */
export function protect(guard: Guard, need?: Need) {
  return async (request: Request, reply: Reply): Promise<Reply | undefined> => {
    const verdict = await guard.authorize(nodeRequest(request.raw, request.originalUrl), need);
    request.caller = verdict.caller;
    if (verdict.ok) return undefined;
    const { status, headers, body } = verdict.answer;
    return reply.code(status).headers(headers).send(JSON.stringify(body));
  };
}
