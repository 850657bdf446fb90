/** Reads request bodies, and refuses those that are too large. */
import type { Context, Middleware } from 'koa';
import getRawBody from 'raw-body';
import { Problem } from './problem.ts';

/** The largest request body, in bytes. A body without a length is counted as it is read. */
export const MAX_BODY_BYTES = 56 * 1024;

/** Answers 413 to a request whose body is announced as too large, and closes, so that the body is never read. */
export function limitBodies(): Middleware {
  return function limitBodiesMiddleware(ctx, next) {
    refuseTooLarge(ctx);
    return next();
  };
}

/**
 * Reads each body before any other work begins, so that a slow client holds nothing but its connection. Answers 413
 * when a body is too large, and 400 when it is cut off.
 */
export function takeBodies(): Middleware {
  return async function takeBodiesMiddleware(ctx, next) {
    refuseTooLarge(ctx);
    if (hasBody(ctx)) {
      const length = ctx.request.length;
      const body = await getRawBody(ctx.req, { length, limit: MAX_BODY_BYTES, encoding: 'utf8' });
      // oidc-provider looks here for a body that was already read.
      Object.assign(ctx.request, { body });
    }
    await next();
  };
}

/** The body that {@link takeBodies} took, as UTF-8 text; empty when there was none. */
export function bodyOf(ctx: Pick<Context, 'request'>): string {
  const { body } = ctx.request as { body?: unknown };
  return typeof body === 'string' ? body : '';
}

function refuseTooLarge(ctx: Context): void {
  if ((ctx.request.length ?? 0) <= MAX_BODY_BYTES) return;
  throw new Problem(413, `The request body is larger than ${MAX_BODY_BYTES} bytes.`, {
    headers: { Connection: 'close' },
  });
}

/** RFC 9112 §6.3. */
function hasBody({ req }: Context): boolean {
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
}
