/** A report as it leaves the process: only what is named here, with every text of an error scrubbed. */
import { fileURLToPath } from 'node:url';
import type { ErrorEvent, Exception, StackFrame } from '@sentry/core';
import { scrub } from './scrub.ts';

/** The folder of the project; where that is on the machine is nobody's business. */
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/**
 * What may be sent of an event that the SDK made. Nothing else is, whatever the SDK may add: when an object is
 * thrown, for one, it adds all that is in it.
 */
export function scrubbedEvent(event: ErrorEvent): ErrorEvent {
  const { exception, contexts = {} } = event;
  return {
    type: undefined,
    // The tags hold no text of an error but ids, by which the lines of the log are found.
    ...only(event, 'event_id', 'timestamp', 'platform', 'level', 'environment', 'tags'),
    contexts: only(contexts, 'trace', 'runtime'),
    ...(exception?.values && { exception: { values: exception.values.map(scrubbedException) } }),
  };
}

function scrubbedException({ type, value, mechanism, stacktrace }: Exception): Exception {
  return {
    type: scrub(String(type)),
    value: scrub(String(value)),
    ...(mechanism && { mechanism }),
    ...(stacktrace?.frames && { stacktrace: { frames: stacktrace.frames.map(scrubbedFrame) } }),
  };
}

/** Neither variables nor lines of source: only where it was. */
function scrubbedFrame(frame: StackFrame): StackFrame {
  return {
    filename: placeOf(frame.filename ?? ''),
    // A computed name can hold anything.
    function: scrub(frame.function ?? '?'),
    ...only(frame, 'lineno', 'colno', 'in_app'),
  };
}

function placeOf(filename: string): string {
  if (filename.startsWith(ROOT)) return filename.slice(ROOT.length);
  return /^(?:node:[\w/]+|<anonymous>)$/.test(filename) ? filename : 'elsewhere';
}

function only<Whole extends object, Key extends keyof Whole>(whole: Whole, ...keys: Key[]): Pick<Whole, Key> {
  return Object.fromEntries(
    keys.filter((key) => whole[key] !== undefined).map((key) => [key, whole[key]]),
  ) as Pick<Whole, Key>;
}
