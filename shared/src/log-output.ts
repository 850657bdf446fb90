/** Where log lines go when a machine reads them: to stdout, those of a moment together. */
import { type DestinationStream, destination } from 'pino';

/** How long a line waits for others, in milliseconds: a write costs a request more than all that its lines say. */
const GATHER_MS = 10;

/** How much may wait for a reader who does not read, in bytes; what comes then is lost. */
const MAX_UNWRITTEN = 8 * 1024 * 1024;

/** What pino's `flush` and our own end of the log need of a destination, besides `write`. */
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
  const stdout = destination({ dest: 1, sync: false, minLength: 1, maxLength: MAX_UNWRITTEN });
  const flushSync = stdout.flushSync.bind(stdout);
  let gathered = '';
  let failed = false;
  let givenUp = false;
  stdout.on('error', () => {
    failed = true;
    lost();
  });
  stdout.on('drop', lost);
  // At a fatal line, and by pino at exit. On a full disk it would try for ever.
  stdout.flushSync = () => {
    passOn();
    if (!failed) flushSync();
  };

  return {
    write(line) {
      if (gathered === '') setTimeout(passOn, GATHER_MS);
      gathered += line;
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
    if (gathered !== '' && !givenUp) stdout.write(gathered);
    gathered = '';
  }
}
