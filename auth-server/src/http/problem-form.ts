/** The form of the answers to failures: a page for a browser, an OAuth error for a program, or else a problem. */
import type { Context } from 'koa';
import type { Problem, ProblemForm } from 'shared/http/problem.ts';

/** What is known of the endpoint at a path. */
interface Known {
  caller: 'program' | 'browser';
  takes: string | undefined;
}

/** Paths that only programs request, though none of the issuer's endpoints is there. */
const OF_PROGRAMS = /^\/(?:health|\.well-known)(?:\/|$)/i;

/** Paths that only browsers request, below which the pages of sign-in and consent are. */
const OF_BROWSERS = /^\/interaction\//i;

/**
 * Decides the form of a failure. A program that sends something to an endpoint gets an OAuth error as JSON (RFC 6749 §5.2)
 * whatever it says that it accepts: Java's default prefers HTML. A browser gets a page, also where nothing is.
 *
 * @param endpointAt the endpoint at a path; undefined when there is none
 * @param page renders the page
 */
export function problemForm(
  endpointAt: (path: string) => Known | undefined,
  page: (problem: Problem) => string,
): ProblemForm {
  return function formOfProblem(problem, ctx) {
    const path = pathOf(ctx);
    const { caller, takes } = endpointAt(path) ?? {};
    if (caller === 'program') {
      return takes === undefined ? undefined : { type: 'application/json', body: oauthError(problem) };
    }
    const isForBrowsers = caller === 'browser' || OF_BROWSERS.test(path) || isOpened(ctx, path);
    return isForBrowsers && ctx.accepts('json', 'html') === 'html'
      ? { type: 'html', body: page(problem) }
      : undefined;
  };
}

/** Whether a person may have typed this address, or followed a link to it. */
function isOpened({ method }: Context, path: string): boolean {
  return (method === 'GET' || method === 'HEAD') && !OF_PROGRAMS.test(path);
}

/** Not `ctx.path`, which throws for the very targets that are refused as malformed. */
function pathOf({ req }: Context): string {
  return URL.parse(req.url ?? '', 'http://localhost')?.pathname ?? '';
}

function oauthError({ status, message }: Problem): string {
  return JSON.stringify({ error: errorOf(status), ...(message && { error_description: message }) });
}

function errorOf(status: number): string {
  if (status < 500) return 'invalid_request';
  return status === 503 || status === 504 ? 'temporarily_unavailable' : 'server_error';
}
