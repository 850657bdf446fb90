/** How a service runs: read the settings, build, listen, and on a signal or a crash drain and exit. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { parseSettings } from './config.ts';
import { captureConsole, createLogger, flushed, type Logger } from './logger.ts';
import { exitWithFaults, StartupFault } from './startup-fault.ts';

/** How long answers in flight may take once the service is told to stop, in milliseconds. */
const DRAIN_MS = 8_000;

interface CommonSettings {
  HOST: string;
  PORT: number;
  LOG_LEVEL: string;
}

/** What a service is built from. */
export interface Parts<Settings> {
  settings: Settings;
  log: Logger;
  /** Aborted when the service begins to stop; from then on it is not ready. */
  stopping: AbortSignal;
}

/**
 * Runs a service until a signal (exit code 0) or a crash (1). Resolves when it listens.
 *
 * @param expectedNotices what libraries may print that is of no interest to an operator
 */
export async function runService<Schema extends z.ZodType<CommonSettings>>(
  name: string,
  schema: Schema,
  build: (parts: Parts<z.output<Schema>>) => Promise<{ callback(): RequestListener }>,
  expectedNotices?: RegExp,
): Promise<void> {
  try {
    const settings = parseSettings(schema, process.env);
    const log = createLogger(name, settings.LOG_LEVEL);
    captureConsole(log, expectedNotices);
    const stopping = new AbortController();
    const app = await build({ settings, log, stopping: stopping.signal });
    const server = await listen(app.callback(), settings);
    const { address, port } = server.address() as AddressInfo;
    log.info(
      { event: 'service.listening', address, port, pid: process.pid },
      `listening on ${address}:${port}`,
    );
    stopOnSignalOrCrash(server, log, stopping);
    // `npm start` waits for this before it asks whoever answers at the port.
    process.send?.('listening');
  } catch (error) {
    exitWithFaults(name, error);
  }
}

/**
 * A server that listens, with limits on what a slow client may hold.
 *
 * @throws {StartupFault} when the address cannot be had.
 */
export async function listen(
  handler: RequestListener,
  { HOST, PORT }: Pick<CommonSettings, 'HOST' | 'PORT'>,
): Promise<Server> {
  const server = createServer({
    headersTimeout: 10_000,
    requestTimeout: 15_000,
    connectionsCheckingInterval: 2_000,
    // Longer than our own clients keep an idle connection, so that they never write into a closing one.
    keepAliveTimeout: 60_000,
    maxHeaderSize: 16 * 1024,
  });
  server.on('request', handler);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFault(error, HOST, PORT)));
    server.listen(PORT, HOST, resolve);
  });
  return server;
}

function listenFault(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartupFault([
        `port ${port} on ${host} is taken: stop what listens there or choose another port (README, Settings)`,
      ]);
    case 'EACCES':
      return new StartupFault([
        `port ${port} on ${host} needs privileges: choose a port from 1024 on (README, Settings)`,
      ]);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartupFault([`HOST: ${host} is not an address of this machine`]);
    default:
      return error;
  }
}

function stopOnSignalOrCrash(server: Server, log: Logger, stopping: AbortController): void {
  const stop = async (exitCode: number) => {
    // A terminal and a supervisor may both send the signal; the drain has its own limit.
    if (stopping.signal.aborted) return;
    stopping.abort();
    await Promise.race([drain(server), sleep(DRAIN_MS)]);
    server.closeAllConnections();
    log.info({ event: 'service.stopped', exitCode }, 'stopped');
    await flushed(log);
    process.exit(exitCode);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log.info({ event: 'service.stopping', signal }, `stopping on ${signal}`);
      void stop(0);
    });
  }
  // `npm start` holds the other end of this channel; it has died when the channel closes.
  process.once('disconnect', () => void stop(0));
  for (const crash of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(crash, (err: unknown) => {
      log.fatal({ event: 'service.crashed', err }, 'crashed');
      void stop(1);
    });
  }
}

/** Stops accepting, and resolves when the last answer in flight is sent. */
async function drain(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  // A connection that was busy when the drain began is idle only after its answer.
  const closingIdle = setInterval(() => server.closeIdleConnections(), 50);
  await closed;
  clearInterval(closingIdle);
}
