/** The guard in Express. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { nodeRequest } from 'shared/oauth/incoming-request.ts';
import type { Caller, Guard, Need } from '../guard.ts';

/** A request of Express, with the caller once it is known. */
type Request = IncomingMessage & { originalUrl: string; caller?: Caller | undefined };

/** Lets a call pass that has what it needs, with its caller in `request.caller`, and answers any other. */
export function protect(guard: Guard, need?: Need) {
  return async (
    request: Request,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ): Promise<void> => {
    const verdict = await guard.authorize(nodeRequest(request, request.originalUrl), need);
    request.caller = verdict.caller;
    if (verdict.ok) return next();
    const { status, headers, body } = verdict.answer;
    response.writeHead(status, headers).end(JSON.stringify(body));
  };
}
