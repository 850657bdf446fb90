/** Where log lines go when a machine reads them: to stdout, those of a moment together. */
import { type DestinationStream, destination } from 'pino';

/** How long a line waits for others, in milliseconds: a write costs a request more than all that its lines say. */
const GATHER_MS = 10;

/** The most that is written at once, in bytes: what a pipe takes whole, so that services that share one tear no lines. */
const MOST_AT_ONCE = 4_096;

/** How much may wait for a reader who does not read, in bytes; what comes then is lost. */
const MAX_UNWRITTEN = 8 * 1024 * 1024;

/** What pino and the end of the log need of a destination. */
interface LogOutput extends DestinationStream {
  flush(done?: (error?: Error) => void): void;
  flushSync(): void;
  /** Gives up what is not written yet. */
  destroy(): void;
}

/**
 * Lines on stdout, written asynchronously. A full disk or a reader who went away must not end the service: what cannot
 * be written is lost.
 *
 * @param lost called whenever lines could not be written
 */
export function stdoutLines(lost: () => void): LogOutput {
  // A least length of 1, since with 0 a flush does not wait for what is being written.
  const stdout = destination({
    dest: 1,
    sync: false,
    minLength: 1,
    maxLength: MAX_UNWRITTEN,
    maxWrite: MOST_AT_ONCE,
  });
  const flushSync = stdout.flushSync.bind(stdout);
  /** What waits, in portions of at most so many bytes. */
  let gathered: { lines: string; bytes: number }[] = [];
  let failed = false;
  let givenUp = false;
  stdout.on('error', () => {
    failed = true;
    lost();
  });
  stdout.on('drop', lost);
  // At a fatal line, and by pino at exit. On a full disk it would try for ever.
  stdout.flushSync = () => {
    // What it begins to write by itself it would not wait for; nor does it for what it began before.
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
