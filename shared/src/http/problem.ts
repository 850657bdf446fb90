/** Turns every failure into a problem answer (RFC 9457). */
import { STATUS_CODES } from 'node:http';
import type { Context, Middleware } from 'koa';
import { Unavailable } from '../core/unavailable.ts';
import { requestId } from '../telemetry/request-context.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { statusOfOutage } from '../upstream/outage-status.ts';
import { logOutage } from './outages.ts';

const MEDIA_TYPE = 'application/problem+json';

/** `Retry-After` of a 503 that does not name a time, in seconds. */
const RETRY_AFTER_S = 1;

/** A failure whose text is meant for the caller. */
export class Problem extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** Extension members of the body (RFC 9457 §3.2). */
  readonly members: Record<string, unknown>;

  constructor(
    status: number,
    detail: string,
    {
      headers = {},
      members = {},
    }: { headers?: Record<string, string>; members?: Record<string, unknown> } = {},
  ) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    // RFC 9110 §15.6.4: tells the caller when to come back.
    this.headers = status === 503 ? { 'Retry-After': String(RETRY_AFTER_S), ...headers } : headers;
    this.members = members;
  }
}

/** Writes a problem in another form than RFC 9457's; undefined for callers to whom that form is right. */
export type ProblemForm = (problem: Problem, ctx: Context) => { type: string; body: string } | undefined;

/**
 * Answers every failure as `application/problem+json`: a {@link Problem} with its text, an outage
 * ({@link Unavailable}) as 502, 503 or 504, an unknown route or method as 404, 405 or 501, and anything else as a bare
 * 500 whose cause is logged.
 *
 * @param formOf another form for some problems
 */
export function answerProblems(
  telemetry: Pick<Telemetry, 'log' | 'report'>,
  formOf: ProblemForm = () => undefined,
): Middleware {
  return async function answerProblemsMiddleware(ctx, next) {
    try {
      if (!isTarget(ctx.req.url ?? '')) throw new Problem(400, 'The request target is malformed.');
      await next();
      if (ctx.status >= 400 && ctx.body == null) render(ctx, unanswered(ctx), formOf);
      // The guard writes its refusals itself, and does not know our name of the request.
      else if (ctx.type === MEDIA_TYPE && isObject(ctx.body)) write(ctx, ctx.body);
    } catch (error) {
      render(ctx, asProblem(error, telemetry), formOf);
    }
  };
}

/** Whether Koa can parse a request target. The pattern lets plain paths, which are nearly all, pass cheaply. */
function isTarget(target: string): boolean {
  return /^\/(?!\/)/.test(target) || URL.canParse(target, 'http://localhost');
}

function asProblem(error: unknown, { log, report }: Pick<Telemetry, 'log' | 'report'>): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof Unavailable) {
    logOutage(error, log);
    const { retryAfterS } = error;
    return new Problem(statusOfOutage(error), error.detail, {
      headers: retryAfterS === undefined ? {} : { 'Retry-After': String(retryAfterS) },
    });
  }
  if (isHttpError(error) && error.status < 500) return new Problem(error.status, '');
  if (isHttpError(error) && error.status === 503) {
    log.warn({ event: 'request.unavailable', err: error }, 'not available');
    return new Problem(503, 'This cannot be done now. Try again later.');
  }
  log.error({ event: 'request.failed', err: error }, 'unexpected failure');
  report(error);
  return new Problem(isHttpError(error) ? error.status : 500, '');
}

/** An error that Koa or one of its libraries throws to ask for a certain status, such as 413 for a body. */
function isHttpError(error: unknown): error is Error & { status: number } {
  return error instanceof Error && 'expose' in error && error.expose === true && 'status' in error;
}

function unanswered(ctx: Context): Problem {
  const allow = ctx.response.get('allow');
  switch (ctx.status) {
    case 404:
      return new Problem(404, 'There is nothing at this path.');
    case 405:
      return new Problem(405, `This path answers ${allow}.`, { headers: { allow } });
    default:
      return new Problem(ctx.status, '');
  }
}

function render(ctx: Context, problem: Problem, formOf: ProblemForm): void {
  const { status, message, headers, members } = problem;
  ctx.status = status;
  // A redirect may have been prepared before the failure.
  ctx.remove('Location');
  ctx.set({ 'Cache-Control': 'no-store', ...headers });
  const form = formOf(problem, ctx);
  if (form !== undefined) {
    ctx.body = form.body;
    ctx.type = form.type;
    return;
  }
  write(ctx, {
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    ...(message && { detail: message }),
    ...members,
  });
}

function write(ctx: Context, problem: object): void {
  ctx.body = `${JSON.stringify({ ...problem, request_id: requestId() })}\n`;
  ctx.type = MEDIA_TYPE;
}

function isObject(body: unknown): body is object {
  return typeof body === 'object' && body !== null && !(body instanceof Uint8Array) && !('pipe' in body);
}
