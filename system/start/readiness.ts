/** Says when all three services are ready, or which are late. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from 'shared/telemetry/logger.ts';

/** How long the services may take until the late ones are named, in milliseconds. */
const LATE_MS = 10_000;

/** A service that was started. */
export interface Started {
  service: string;
  port: number;
  /** Resolves when the service listens, and never if it ends before that. */
  listening: Promise<unknown>;
}

/** Says what to try once all services are ready, and after `LATE_MS` which are not ready yet. */
export async function announce(
  services: Started[],
  example: string,
  logLevel: string,
  stopping: AbortSignal,
): Promise<void> {
  const log = createLogger('start', logLevel);
  const notReady = new Set(services.map(({ service }) => service));
  const late = setTimeout(() => {
    if (stopping.aborted) return;
    const text = `not ready after ${LATE_MS / 1_000} s: ${[...notReady].join(', ')}; still waiting`;
    if (process.stdout.isTTY) process.stdout.write(`\n${text}\n\n`);
    else log.warn({ event: 'all.late', notReady: [...notReady] }, text);
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
  if (process.stdout.isTTY) process.stdout.write(`\nAll three answer. Try:  ${example}\n\n`);
  else log.info({ event: 'all.ready', try: example }, 'all three answer');
}

async function ready(port: number, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const answer = await fetch(`http://localhost:${port}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(100);
  }
}
