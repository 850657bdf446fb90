/** Says what is started, when all three services are ready or which are late, and at the end why it was the end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, flushed, type Logger } from 'shared/telemetry/logger.ts';

/** How long the services may take until the late ones are named, in milliseconds. */
const LATE_MS = 10_000;

/** A service that was started. */
export interface Started {
  service: string;
  port: number;
  /** Resolves when the service listens, and never if it ends before that. */
  listening: Promise<unknown>;
}

/** How a service ended by itself. */
export interface Ending {
  service: string;
  listened: boolean;
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** What a person at a terminal, or else a reader of the log, is told about all three. */
export interface Announcer {
  /** @param misspelt says which of the command's own settings are misspelt */
  starting(ports: Record<string, number>, misspelt: string[]): void;
  /** Resolves when all are ready and that is told; after `LATE_MS` it names those that are not. */
  untilReady(services: Started[], advice: Advice, stopping: AbortSignal): Promise<void>;
  /** The last line, if services ended by themselves. Resolves when it is written. */
  ended(endings: Ending[]): Promise<void>;
}

/** What to try once all are ready, or else what will not work with these settings and how to mend it. */
export type Advice = { try: string } | { mend: string };

export function announcer(logLevel: string): Announcer {
  const log = createLogger('start', logLevel);
  return {
    starting(ports, misspelt) {
      for (const text of misspelt) tell(log, 'warn', { event: 'setting.misspelt' }, text);
      const services = Object.entries(ports).map(([service, port]) => `${service} on port ${port}`);
      tell(
        log,
        'info',
        { event: 'all.starting', ports },
        `starting ${services.join(', ')}; waiting for all three`,
      );
    },

    async untilReady(services, advice, stopping) {
      const notReady = new Set(services.map(({ service }) => service));
      const late = setTimeout(() => {
        if (stopping.aborted) return;
        const text = `not ready after ${LATE_MS / 1_000} s: ${[...notReady].join(', ')}; still waiting`;
        tell(log, 'warn', { event: 'all.late', notReady: [...notReady] }, text);
      }, LATE_MS);
      await Promise.all(
        services.map(async ({ service, port, listening }) => {
          // Until then, another process may answer at the port.
          await listening;
          await ready(port, stopping);
          notReady.delete(service);
        }),
      );
      clearTimeout(late);
      if (stopping.aborted) return;
      if ('try' in advice)
        tell(log, 'info', { event: 'all.ready', ...advice }, `all three answer. Try:  ${advice.try}`);
      else tell(log, 'warn', { event: 'all.ready', ...advice }, `all three are ready, but ${advice.mend}`);
    },

    async ended(endings) {
      if (endings.length === 0) return;
      const reasons = endings.map(reasonOf);
      const names = endings.map(({ service }) => service);
      tell(log, 'error', { event: 'all.ended', services: names }, `ended, because ${reasons.join(', and ')}`);
      await flushed(log);
    },
  };
}

function reasonOf({ service, listened, code, signal }: Ending): string {
  if (signal !== null) return `${service} was ended by ${signal}`;
  if (!listened) return `${service} could not start: its own lines above say why`;
  return code === 0 ? `${service} was told to stop` : `${service} failed: its last lines above say why`;
}

function tell(log: Logger, level: 'info' | 'warn' | 'error', fields: object, text: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\n${text[0]?.toUpperCase()}${text.slice(1)}\n\n`);
  else log[level](fields, text);
}

async function ready(port: number, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const answer = await fetch(`http://localhost:${port}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(100);
  }
}
