/** A server that listens, with limits on what a slow or hostile client may hold. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { StartupFault } from '../config/startup-fault.ts';
import type { Logger } from '../telemetry/logger.ts';

/** How many connections may be open; more are closed at once. */
const MAX_CONNECTIONS = 10_000;

/** How many connections may wait to be accepted: of a crowd that comes at once Node takes one at a time. */
const BACKLOG = 4_096;

/** What the parser's errors mean to a client; anything else is 400. */
const statusOfError: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

export interface Address {
  HOST: string;
  PORT: number;
}

/**
 * Listens.
 *
 * @throws {StartupFault} when the address cannot be had.
 */
export async function listen(
  handler: RequestListener,
  { HOST, PORT }: Address,
  log: Logger,
): Promise<Server> {
  const server = createServer({
    headersTimeout: 10_000,
    requestTimeout: 15_000,
    connectionsCheckingInterval: 2_000,
    // Longer than our own clients keep an idle connection, so that they never write into a closing one.
    keepAliveTimeout: 60_000,
    maxHeaderSize: 16 * 1024,
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('request', handler);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(error, socket, log));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFault(error, HOST, PORT)));
    server.listen({ port: PORT, host: HOST, backlog: BACKLOG }, resolve);
  });
  return server;
}

/** Answers what is not HTTP, or comes too slowly. Of what was sent nothing is logged. */
function refuse({ code = '' }: NodeJS.ErrnoException, socket: Duplex, log: Logger): void {
  // A connection that was closed in the middle of a request is nobody's fault, and there is nobody to answer.
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = statusOfError[code] ?? '400 Bad Request';
  log.info(
    { event: 'http.malformed', code, status: Number.parseInt(status, 10) },
    `malformed request: ${code}`,
  );
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
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
