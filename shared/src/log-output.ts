/** Where log lines go when a machine reads them: to stdout, those of a moment together. */
import { type DestinationStream, destination } from 'pino';

/** How much may wait for a reader who does not read, in bytes; what comes then is lost. */
const MAX_UNWRITTEN = 8 * 1024 * 1024;

/**
 * Lines on stdout, written asynchronously. A full disk or a reader who went away must not end the service: what cannot
 * be written is lost.
 *
 * @param lost called whenever lines could not be written
 */
export function stdoutLines(lost: () => void): DestinationStream {
  // A least length of 1, since with 0 a flush does not wait for what is being written.
  const stdout = destination({ dest: 1, sync: false, minLength: 1, maxLength: MAX_UNWRITTEN });
  const flushSync = stdout.flushSync.bind(stdout);
  let failed = false;
  stdout.on('error', () => {
    failed = true;
    lost();
  });
  stdout.on('drop', lost);
  // At a fatal line and at exit; on a full disk it would try for ever.
  stdout.flushSync = () => {
    if (!failed) flushSync();
  };
  return stdout;
}
