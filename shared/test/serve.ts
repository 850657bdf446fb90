/** Runs an app under test on a free port of the loopback address, and whatever else a test needs to listen. */
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type DestinationStream, type Logger, pino } from 'pino';
import { onTestFinished } from 'vitest';
import { describeError } from '../src/logger.ts';
import { requestContext } from '../src/request-context.ts';
import { listen } from '../src/run-service.ts';

/** Listens until the test is finished; the answer is the base URL. */
export async function serve(handler: RequestListener, port = 0): Promise<string> {
  const server = await listen(handler, { HOST: '127.0.0.1', PORT: port });
  onTestFinished(() => close(server));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = await listen(() => {}, { HOST: '127.0.0.1', PORT: 0 });
  const { port } = server.address() as AddressInfo;
  await close(server);
  return port;
}

/** A logger whose lines a test can read, as the objects that they are. */
export function recordingLogger(): { log: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const destination: DestinationStream = { write: (line) => void lines.push(JSON.parse(line)) };
  const mixin = () => ({ ...requestContext() });
  return { log: pino({ level: 'trace', mixin, serializers: { err: describeError } }, destination), lines };
}
