/** The guard where requests are Web `Request`s: Hono, Deno, Bun, and Node behind an adapter. */
import type { Caller, Guard, Need } from '../guard.ts';

/** Lets a call pass to the handler that has what it needs, and answers any other. */
export function protect<Rest extends unknown[]>(
  guard: Guard,
  need: Need,
  handler: (request: Request, caller: Caller, ...rest: Rest) => Response | Promise<Response>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const { pathname, search } = new URL(request.url);
    // A header that was sent twice comes as one value with a comma, which no token and no proof may contain.
    const header = (name: string) => [request.headers.get(name) ?? []].flat();
    const verdict = await guard.authorize(
      { method: request.method, target: pathname + search, header },
      need,
    );
    if (verdict.ok) return handler(request, verdict.caller, ...rest);
    const { status, headers, body } = verdict.answer;
    return new Response(JSON.stringify(body), { status, headers });
  };
}
