/** The guard in Express. */
import type { ServerResponse } from 'node:http';
import { type IncomingRequest, nodeRequest } from 'shared/oauth/incoming-request.ts';
import type { Guard, Need, Outcome } from '../guard.ts';
import type { ExpressRequest, Next } from './express-request.ts';

/** Lets a call pass that has what it needs, with its caller in `request.caller`, and answers any other. */
export const protect = (guard: Guard, need?: Need) => middleware(guard.authorizerFor(need));

/** Answers requests for the metadata of the API (RFC 9728), and lets any other pass. */
export const metadata = (guard: Guard) => middleware((request) => guard.describe(request));

function middleware(decide: (request: IncomingRequest) => Outcome | Promise<Outcome>) {
  return async (request: ExpressRequest, response: ServerResponse, next: Next): Promise<void> => {
    let outcome: Outcome;
    try {
      outcome = await decide(nodeRequest(request, request.originalUrl));
    } catch (error) {
      // Express 4 looks at no promise: a defect would end the process.
      return next(error);
    }
    request.caller = outcome.caller ?? request.caller;
    if (outcome.ok) return next();
    const { status, headers, body } = outcome.answer;
    response.writeHead(status, headers).end(JSON.stringify(body));
  };
}
