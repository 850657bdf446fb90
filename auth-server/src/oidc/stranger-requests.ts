/** What of a request says that it is about a client that a stranger registers or has registered (RFC 7591 §3). */
interface Request {
  state: Record<string, unknown>;
}

/** Whether a request registers a client of a stranger, or manages one. */
export function isStranger(ctx: Request | undefined): boolean {
  return ctx?.state.stranger === true;
}

/** Notes that a request does. */
export function noteStranger(ctx: Request): void {
  ctx.state.stranger = true;
}
