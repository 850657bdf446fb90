/** The log: one JSON object a line, each with an event name; at a terminal, lines for people. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, pino, stdTimeFunctions, symbols } from 'pino';
import { stdoutLines } from './log-output.ts';
import { requestFacts } from './request-context.ts';

export type { Logger };

type Pretty = typeof import('pino-pretty');

/** Loaded only at a terminal, since it costs memory. */
const pretty: Pretty | undefined = process.stdout.isTTY ? (await import('pino-pretty')).default : undefined;

/** How long writing the last lines may take when the service ends, in milliseconds. */
const FLUSH_TIMEOUT_MS = 1_000;

/**
 * A logger on stdout. Each line carries the facts of its request. Lines may wait to be written together, so call
 * {@link flushed} at the end.
 *
 * @param lost called whenever lines could not be written
 */
export function createLogger(service: string, level: string, lost: () => void = () => {}): Logger {
  const options = {
    level,
    base: { service },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    mixin: () => requestFacts() ?? {},
    // The line's own fields come first, so that a reader sees the event before the context.
    mixinMergeStrategy: (line: object, context: object) => ({ ...line, ...context }),
    serializers: { err: describeError },
  };
  return pino(options, pretty ? forPeople(pretty) : stdoutLines(lost));
}

/** Resolves when all lines are written, or dropped because nothing reads them. After that nothing can be logged. */
export async function flushed(log: Logger): Promise<void> {
  const written = new Promise<boolean>((resolve) => log.flush(() => resolve(true)));
  if (await Promise.race([written, sleep(FLUSH_TIMEOUT_MS, false)])) return;
  // Otherwise the stream would try again when the process exits, and wait for its reader for ever.
  const stream = (log as unknown as Record<symbol, { destroy?(): void }>)[symbols.streamSym];
  stream?.destroy?.();
}

/**
 * An error as the log shows it. It has only these fields, since errors of HTTP clients carry whole requests as
 * properties, with their credentials.
 */
export function describeError(error: unknown, depth = 3): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    type: error.name,
    message: error.message,
    ...('code' in error && { code: error.code }),
    stack: error.stack,
    ...(error.cause !== undefined && depth > 0 && { cause: describeError(error.cause, depth - 1) }),
  };
}

/**
 * Sends what libraries print with `console` to the log, so that stdout stays one JSON object a line. Lines that match
 * `expected` do not interest an operator and are logged at the debug level.
 */
export function captureConsole(log: Logger, expected?: RegExp): void {
  for (const method of ['debug', 'info', 'log', 'warn', 'error'] as const) {
    const usual = method === 'log' ? 'info' : method;
    console[method] = (...parts: unknown[]) => {
      const text = parts.map(String).join(' ');
      log[expected?.test(text) ? 'debug' : usual]({ event: 'console' }, text);
    };
  }
}

function forPeople(prettily: Pretty) {
  return prettily({
    sync: true,
    ignore: 'pid,service,event,requestId,method,path,status,address,port,signal,exitCode',
    messageFormat: '{service} {msg}',
    // Not `error`, which holds the code of an OAuth error here.
    errorLikeObjectKeys: ['err'],
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
}
