/** Writes log lines to stdout for machines, gathering those of a few milliseconds into one write. */
import { type DestinationStream, destination } from 'pino';

/** How long a line waits for others, in milliseconds: one write costs more than making all lines of a request. */
const GATHER_MS = 10;

/** The largest write, in bytes: a pipe takes that much whole, so services that share a pipe do not tear lines. */
const MOST_AT_ONCE = 4_096;

/** How much may wait for a slow reader, in bytes. Lines beyond that are lost. */
const MAX_UNWRITTEN = 8 * 1024 * 1024;

/** A destination as pino and the end of the log need it. */
interface LogOutput extends DestinationStream {
  flush(done?: (error?: Error) => void): void;
  flushSync(): void;
  /** Drops what is not written yet. */
  destroy(): void;
}

/**
 * Writes lines to stdout asynchronously. A full disk or a closed pipe must not end the service: lines that cannot be
 * written are lost.
 *
 * @param lost called whenever lines could not be written
 */
export function stdoutLines(lost: () => void): LogOutput {
  // Not 0: a flush would not wait for the write that is under way.
  const stdout = destination({
    dest: 1,
    sync: false,
    minLength: 1,
    maxLength: MAX_UNWRITTEN,
    maxWrite: MOST_AT_ONCE,
  });
  const flushSync = stdout.flushSync.bind(stdout);
  /** The lines that wait, in portions of at most `MOST_AT_ONCE` bytes. */
  let gathered: { lines: string; bytes: number }[] = [];
  let failed = false;
  let givenUp = false;
  stdout.on('error', () => {
    failed = true;
    lost();
  });
  stdout.on('drop', lost);
  // Called at a fatal line, and by pino at exit. On a full disk it would retry for ever.
  stdout.flushSync = () => {
    // It does not wait for an asynchronous write, so it must not begin one here.
    Object.assign(stdout, { minLength: Number.POSITIVE_INFINITY });
    passOn();
    Object.assign(stdout, { minLength: 1 });
    if (!failed) flushSync();
  };

  return {
    write(line) {
      if (gathered.length === 0) setTimeout(passOn, GATHER_MS);
      const bytes = Buffer.byteLength(line);
      const portion = gathered.at(-1);
      if (portion === undefined || portion.bytes + bytes > MOST_AT_ONCE) {
        gathered.push({ lines: line, bytes });
      } else {
        portion.lines += line;
        portion.bytes += bytes;
      }
    },
    flush(done) {
      passOn();
      stdout.flush(done);
    },
    flushSync: () => stdout.flushSync(),
    destroy() {
      givenUp = true;
      stdout.destroy();
    },
  };

  function passOn(): void {
    const portions = gathered;
    gathered = [];
    if (givenUp) return;
    for (const { lines } of portions) stdout.write(lines);
  }
}
