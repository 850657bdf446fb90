/** A server that listens, with limits on what a slow or hostile client may hold. */
import {
  createServer,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { StartupFault } from '../config/startup-fault.ts';
import { hasOneHost } from '../http/host-field.ts';
import type { Logger } from '../telemetry/logger.ts';
import { NOSNIFF, UnsniffedResponse } from './unsniffed-response.ts';

/** How many connections may be open. Further ones are closed at once. */
const MAX_CONNECTIONS = 10_000;

/** How many connections may wait to be accepted. Node accepts one at a time, so a burst needs a long queue. */
const BACKLOG = 4_096;

/** How large the first line of a request, with the URL, and its headers may be together, in bytes. */
const MAX_HEADER_BYTES = 16 * 1024;

/** The answer to each parser error. */
const answers: Record<string, [status: number, detail: string]> = {
  HPE_HEADER_OVERFLOW: [
    431,
    `The URL and the headers of the request are larger than ${MAX_HEADER_BYTES} bytes together.`,
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The extensions of the chunks of the request are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not come in time.'],
};
const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

const NOT_HTTP: [status: number, detail: string] = [400, 'The request is not valid HTTP.'];

/** Where to listen; port 0 lets the system choose. */
export interface Address {
  HOST: string;
  PORT: number;
}

/**
 * Starts a server and resolves when it listens.
 *
 * @throws {StartupFault} when it cannot listen at the address
 */
export async function listen(
  handler: RequestListener,
  { HOST, PORT }: Address,
  log: Logger,
): Promise<Server> {
  const server = createServer({
    ServerResponse: UnsniffedResponse,
    headersTimeout: 10_000,
    requestTimeout: 15_000,
    connectionsCheckingInterval: 2_000,
    // Longer than our own clients keep an idle connection, so that they never write to one that is closing.
    keepAliveTimeout: 60_000,
    maxHeaderSize: MAX_HEADER_BYTES,
    // Our own rule refuses a missing Host, too, and logs it.
    requireHostHeader: false,
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('request', (request, response) => {
    if (hasOneHost(request)) return handler(request, response);
    request.resume();
    refuseHost(response, log);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(error, socket, log));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFault(error, HOST, PORT)));
    server.listen({ port: PORT, host: HOST, backlog: BACKLOG }, resolve);
  });
  return server;
}

/** Answers a request that is not HTTP or comes too slowly. The log gets the error code and nothing that was sent. */
function refuse({ code = '' }: NodeJS.ErrnoException, socket: Duplex, log: Logger): void {
  // The client has closed the connection in the middle of a request. That is normal, and nobody is left to answer.
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, detail] = answers[code] ?? NOT_HTTP;
  log.info({ event: 'http.malformed', code, status }, `malformed request: ${code}`);
  const body = problemOf(status, detail);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${body.length}`,
    'Connection: close',
    NOSNIFF.join(': '),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** RFC 9112 §3.2: to a proxy in front of us, a malformed Host or one of two could name another server. */
function refuseHost(response: ServerResponse, log: Logger): void {
  log.info({ event: 'http.malformed', code: 'HOST', status: 400 }, 'malformed request: HOST');
  response
    .writeHead(400, { Connection: 'close', 'Content-Type': PROBLEM_TYPE })
    .end(problemOf(400, 'The request must have one Host header, which names a host.'));
}

/** The body of a problem (RFC 9457). */
function problemOf(status: number, detail: string): string {
  return `${JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail })}\n`;
}

function listenFault(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartupFault([
        `port ${port} on ${host} is taken: stop what listens there or choose another port (docs/settings.md)`,
      ]);
    case 'EACCES':
      return new StartupFault([
        `port ${port} on ${host} needs privileges: choose a port from 1024 on (docs/settings.md)`,
      ]);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartupFault([`HOST: ${host} is not an address of this machine`]);
    default:
      return error;
  }
}
