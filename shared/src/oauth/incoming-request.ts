/** A request with a token, as every framework has it. */
import type { IncomingMessage } from 'node:http';

/** What is read of a request to find its token and its proof. */
export interface IncomingRequest {
  method: string;
  /** The request target as the client sent it (RFC 9112 §3.2), with the query. */
  target: string;
  /** The values of a header, whose name is in lower case, one for each time that it was sent. */
  header(name: string): readonly string[];
}

/**
 * A request of Node's HTTP server.
 *
 * @param target the target as the client sent it, where a framework has changed `request.url`
 */
export function nodeRequest(request: IncomingMessage, target = request.url ?? ''): IncomingRequest {
  return {
    method: request.method ?? '',
    target,
    header: (name) => request.headersDistinct[name] ?? [],
  };
}
