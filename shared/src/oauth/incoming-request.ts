/** A request with a token, as every framework has it. */

/** What is read of a request to find its token and its proof. */
export interface IncomingRequest {
  method: string;
  /** The request target as the client sent it (RFC 9112 §3.2), with the query. */
  target: string;
  /** The values of a header, whose name is in lower case, one for each time that it was sent. */
  header(name: string): readonly string[];
}

/** What every request of Node has, over HTTP/1.1, over HTTP/2, and injected by a test. */
export interface NodeRequest {
  method?: string | undefined;
  url?: string | undefined;
  /** Names and values in turn, as they were sent. */
  rawHeaders: readonly string[];
}

/**
 * A request of Node's HTTP server.
 *
 * @param target the target as the client sent it, where a framework has changed `request.url`
 */
export function nodeRequest(request: NodeRequest, target = request.url ?? ''): IncomingRequest {
  const { method = '', rawHeaders } = request;
  // Not `headers`, which drops what was sent twice.
  const header = (name: string) =>
    rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);
  return { method, target, header };
}
