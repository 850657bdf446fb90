/** A response that no browser takes for another type than it says. */
import { type IncomingMessage, ServerResponse } from 'node:http';

/** Forbids browsers to guess the type of an answer (Fetch §3.6). */
export const NOSNIFF = ['X-Content-Type-Options', 'nosniff'] as const;

/**
 * Adds the header as the head is written, since Koa drops all headers when it answers a failure by itself, and Node answers
 * some requests (such as those without Host) before any of our code sees them.
 */
export class UnsniffedResponse<
  Request extends IncomingMessage = IncomingMessage,
> extends ServerResponse<Request> {
  override writeHead(...head: unknown[]): this {
    this.setHeader(...NOSNIFF);
    return super.writeHead(...(head as Parameters<ServerResponse['writeHead']>));
  }
}
