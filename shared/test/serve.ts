/** Runs what a test needs to listen, on free ports of 127.0.0.1, and records telemetry. */
import { randomInt } from 'node:crypto';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type DestinationStream, pino } from 'pino';
import { onTestFinished } from 'vitest';
import { StartupFault } from '../src/config/startup-fault.ts';
import { listen } from '../src/lifecycle/listen.ts';
import { describeError } from '../src/telemetry/logger.ts';
import { Metrics } from '../src/telemetry/metrics.ts';
import { requestFacts } from '../src/telemetry/request-context.ts';
import type { Telemetry } from '../src/telemetry/telemetry.ts';
import { passingTracer } from '../src/telemetry/tracing/tracer.ts';

/** Listens until the test is finished, and returns the base URL. */
export async function serve(handler: RequestListener, port = 0): Promise<string> {
  const server = await listen(handler, { HOST: '127.0.0.1', PORT: port }, recordingTelemetry().log);
  onTestFinished(() => close(server));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** The ports that this process was given: whoever got one may not listen on it yet. */
const given = new Set<number>();

/** Test files that run at the same time draw from different ports: this many each, from FIRST_PORT on. */
const PORTS_EACH = 750;
const FIRST_PORT = 20_000;
const SHARES = 16;

/**
 * A port that nothing listens on, and that no other call got. It is below those that systems give to outgoing
 * connections and to listeners on port 0, so that none of them takes it before the test does.
 */
export async function freePort(): Promise<number> {
  const share = Number(process.env.VITEST_POOL_ID ?? 0) % SHARES;
  for (;;) {
    const port = FIRST_PORT + share * PORTS_EACH + randomInt(PORTS_EACH);
    if (given.has(port)) continue;
    try {
      await close(await listen(() => {}, { HOST: '127.0.0.1', PORT: port }, recordingTelemetry().log));
      given.add(port);
      return port;
    } catch (error) {
      if (!(error instanceof StartupFault)) throw error;
    }
  }
}

/** Telemetry that a test can read: parsed log lines, and reported errors. */
export function recordingTelemetry(): Telemetry & { lines: Record<string, unknown>[]; reported: unknown[] } {
  const lines: Record<string, unknown>[] = [];
  const reported: unknown[] = [];
  const destination: DestinationStream = { write: (line) => void lines.push(JSON.parse(line)) };
  const mixin = () => ({ ...requestFacts() });
  return {
    log: pino({ level: 'trace', mixin, serializers: { err: describeError } }, destination),
    metrics: new Metrics(),
    tracer: passingTracer,
    report: (error) => void reported.push(error),
    lines,
    reported,
  };
}
