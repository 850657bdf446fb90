/** Runs a service: reads the settings, builds, listens, and drains and exits on a signal or a crash. */
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { commandLine } from '../config/command-line.ts';
import { misspelt, parseSettings } from '../config/settings.ts';
import { exitWithFaults, StartupFault } from '../config/startup-fault.ts';
import { errorReports } from '../telemetry/error-reports/error-reports.ts';
import type { ErrorReports } from '../telemetry/error-reports/report.ts';
import { captureConsole, createLogger, flushed, type Logger } from '../telemetry/logger.ts';
import { Metrics } from '../telemetry/metrics.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { passingTracer } from '../telemetry/tracing/tracer.ts';
import { type Address, listen } from './listen.ts';
import { keepHeapSmall } from './memory.ts';
import { metricsListener } from './metrics-listener.ts';
import { reloadOnHangup } from './reload.ts';

/**
 * How long a service that is told to stop still accepts requests, in milliseconds: time for balancers to see that it is
 * not ready, and for clients to leave the connections that they keep.
 */
const LEAVE_MS = 2_000;

/** How long the whole drain may take, with the answers in flight at its end, in milliseconds. */
const DRAIN_MS = 8_000;

/** How long records, spans and reports of the last moments may take to be written after the last answer, in milliseconds. */
const CLOSE_MS = 3_000;

/** When a service that was told to stop has ended at the latest, in milliseconds: before a supervisor loses its patience. */
const END_MS = 9_400;

interface CommonSettings {
  APP_ENV: string;
  HOST: string;
  PORT: number;
  LOG_LEVEL: string;
  METRICS_HOST: string;
  METRICS_PORT?: number | undefined;
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string | undefined;
  OTEL_SDK_DISABLED: string;
  OTEL_TRACES_SAMPLER: string;
  OTEL_TRACES_SAMPLER_ARG: number;
  SENTRY_DSN?: string | undefined;
}

/** What a composition root builds a service from. */
export interface ServiceDependencies<Settings> extends Telemetry {
  settings: Settings;
  /** Aborts when the service begins to stop; from then on it is not ready. */
  stopping: AbortSignal;
}

/** A service that is built and does not listen yet. */
export interface Service<Settings = never> {
  callback(): RequestListener;
  /** Further listeners, each at an address of its own. */
  others?: { callback(): RequestListener; address: Address }[];
  /**
   * Puts those settings into use that may change while the service runs. It is asked on SIGHUP, which ends a service that has
   * none such, and for one change after the other.
   *
   * @throws {StartupFault} that names each fault; then the settings before stay in force
   */
  reload?(settings: Settings): Promise<void>;
  /** Releases what the service holds, such as a database; called after the last answer. */
  close?(): Promise<void>;
}

/**
 * Runs a service until a signal (exit code 0) or a crash (exit code 1). Resolves when it listens. Settings with faults
 * end the process with exit code 1.
 *
 * @param expectedNotices matches lines of libraries that do not interest an operator
 */
export async function runService<Schema extends z.ZodType<CommonSettings>>(
  name: string,
  schema: Schema,
  build: (dependencies: ServiceDependencies<z.output<Schema>>) => Promise<Service<z.output<Schema>>>,
  expectedNotices?: RegExp,
): Promise<void> {
  commandLine(name, helpOf(name), {});
  keepHeapSmall();
  try {
    const settings = parseSettings(schema, process.env);
    const { flushAll, ...telemetry } = await openTelemetry(name, settings);
    const { log } = telemetry;
    captureConsole(log, expectedNotices);
    for (const text of misspelt(schema, process.env)) log.warn({ event: 'setting.misspelt' }, text);
    const stopping = new AbortController();
    const app = await build({ settings, ...telemetry, stopping: stopping.signal });
    const server = await listen(app.callback(), settings, log);
    const others = await Promise.all(
      (app.others ?? []).map(({ callback, address }) => listen(callback(), address, log)),
    );
    await listenForMetrics(settings, telemetry);
    for (const { address, port } of [server, ...others].map((it) => it.address() as AddressInfo)) {
      log.info(
        { event: 'service.listening', address, port, pid: process.pid },
        `listening on ${address}:${port}`,
      );
    }
    const close = async () => {
      await app.close?.();
      await flushAll();
    };
    const stop = stopOnSignalOrCrash([server, ...others], telemetry, close, stopping);
    const reload = app.reload?.bind(app);
    if (reload) {
      const reloadAll = () => reload(parseSettings(schema, process.env));
      reloadOnHangup(reloadAll, telemetry, () => void stop(0));
    }
    // `npm start` waits for this message before it probes the port, where another process might answer.
    process.send?.('listening');
  } catch (error) {
    exitWithFaults(name, error);
  }
}

function helpOf(name: string): string {
  return `npm start -w ${name}     runs the ${name} until a signal comes

It takes no arguments. Its settings are environment variables, or lines in .env; docs/settings.md lists them.
`;
}

/** Loads what costs memory and time only where the settings ask for it. */
async function openTelemetry(service: string, settings: CommonSettings) {
  const metrics = new Metrics();
  const unwritten = metrics.counter({
    name: 'log_write_failures_total',
    help: 'Times that lines of the log were lost.',
  });
  const log = createLogger(service, settings.LOG_LEVEL, () => unwritten.inc());
  const reports: ErrorReports = await errorReports({
    service,
    dsn: settings.SENTRY_DSN,
    environment: settings.APP_ENV,
  });
  const sampler = { name: settings.OTEL_TRACES_SAMPLER, ratio: settings.OTEL_TRACES_SAMPLER_ARG };
  const tracer = exportsTraces(settings)
    ? (await import('../telemetry/tracing/otlp.ts')).otlpTracer(service, sampler)
    : passingTracer;
  return {
    log,
    metrics,
    tracer,
    report: reports.report,
    flushAll: async () => void (await Promise.all([flushed(log), tracer.flushed(), reports.flushed()])),
  };
}

function exportsTraces(settings: CommonSettings): boolean {
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_SDK_DISABLED } = settings;
  return (
    OTEL_SDK_DISABLED !== 'true' && Boolean(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? OTEL_EXPORTER_OTLP_ENDPOINT)
  );
}

async function listenForMetrics(settings: CommonSettings, { metrics, log }: Telemetry): Promise<void> {
  const { METRICS_HOST, METRICS_PORT } = settings;
  if (METRICS_PORT === undefined) return;
  metrics.collectProcess();
  const server = await listen(
    metricsListener({ metrics, log }),
    { HOST: METRICS_HOST, PORT: METRICS_PORT },
    log,
  );
  const { address, port } = server.address() as AddressInfo;
  log.info({ event: 'metrics.listening', address, port }, `metrics on ${address}:${port}/metrics`);
}

function stopOnSignalOrCrash(
  servers: Server[],
  { log, report }: Telemetry,
  close: () => Promise<void>,
  stopping: AbortController,
): (exitCode: number) => Promise<void> {
  const stop = async (exitCode: number, leaveMs = 0) => {
    // Only once: the drain that has begun has a time limit of its own.
    if (stopping.signal.aborted) return;
    stopping.abort();
    const endsAt = performance.now() + END_MS;
    const drained = Promise.all(servers.map((server) => drain(server, leaveMs)));
    await Promise.race([drained, sleep(DRAIN_MS)]);
    for (const server of servers) server.closeAllConnections();
    log.info({ event: 'service.stopped', exitCode }, 'stopped');
    process.exit((await finishes(close, Math.min(CLOSE_MS, endsAt - performance.now()), log)) ? exitCode : 1);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // A terminal and a supervisor may both send a signal.
      if (stopping.signal.aborted) return;
      log.info({ event: 'service.stopping', signal }, `stopping on ${signal}`);
      // SIGINT comes from a terminal, where there is no balancer and a person waits.
      void stop(0, signal === 'SIGTERM' ? LEAVE_MS : 0);
    });
  }
  // `npm start` holds the other end of this channel. When the channel closes, `npm start` has died.
  process.once('disconnect', () => void stop(0));
  for (const crash of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(crash, (err: unknown) => {
      if (err instanceof StartupFault) {
        // Found out only when what it waited for was there: for the operator, whom a stack tells nothing.
        log.fatal({ event: 'service.not_started' }, err.faults.join('; '));
      } else {
        log.fatal({ event: 'service.crashed', err }, 'crashed');
        report(err);
      }
      void stop(1);
    });
  }
  return stop;
}

/** Whether the service finished what is no answer, in time and without an error. A service that did not must end all the same. */
async function finishes(close: () => Promise<void>, withinMs: number, log: Logger): Promise<boolean> {
  const late = sleep(withinMs).then(() => Promise.reject(new Error('not finished in time')));
  try {
    await Promise.race([close(), late]);
    return true;
  } catch (err) {
    log.error({ event: 'service.close_failed', err }, 'records or reports of the last moments are lost');
    await flushed(log);
    return false;
  }
}

/**
 * Asks clients to close their connections, then stops accepting new ones, and resolves when the last answer is sent.
 * For `leaveMs` every request is still answered: a request on a connection that is just being closed would be lost.
 */
async function drain(server: Server, leaveMs: number): Promise<void> {
  server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'));
  await sleep(leaveMs);
  const closed = new Promise((resolve) => server.close(resolve));
  // A connection that was busy when the drain began is idle only after its answer.
  const closingIdle = setInterval(() => server.closeIdleConnections(), 50);
  await closed;
  clearInterval(closingIdle);
}
