/** The guard where requests are Web `Request`s: Hono, Deno, Bun, and Node behind an adapter. */
import type { IncomingRequest } from 'shared/oauth/incoming-request.ts';
import type { Answer, Caller, Guard, Need } from '../guard.ts';

/** Answers a request, given what else it takes: its caller, and what a framework hands on. */
export type Handler<R extends unknown[]> = (request: Request, ...rest: R) => Response | Promise<Response>;

/** Lets a call that has what it needs pass to the handler, and answers any other. */
export function protect<R extends unknown[]>(guard: Guard, need: Need, handler: Handler<[Caller, ...R]>) {
  const authorize = guard.authorizerFor(need);
  return async (request: Request, ...rest: R): Promise<Response> => {
    const verdict = await authorize(incoming(request));
    return verdict.ok ? handler(request, verdict.caller, ...rest) : written(verdict.answer);
  };
}

/** Answers requests for the metadata of the API (RFC 9728); undefined for any other. */
export const metadata = (guard: Guard) => (request: Request) => {
  const outcome = guard.describe(incoming(request));
  return outcome.ok ? undefined : written(outcome.answer);
};

function incoming({ method, url, headers }: Request): IncomingRequest {
  const { pathname, search } = new URL(url);
  // A header that was sent twice comes as one value with a comma, which no token and no proof may contain.
  return { method, target: pathname + search, header: (name) => [headers.get(name) ?? []].flat() };
}

const written = ({ status, headers, body }: Answer): Response =>
  new Response(JSON.stringify(body), { status, headers });
