/** A pipe for a log, whose reader may do nothing, or go away. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface LogPipe {
  /** The end to write to, for the services' stdout. */
  writer: number;
  /** The reader goes away. */
  abandon(): void;
  /** Closes what is still open of it here. */
  close(): void;
}

/** A pipe that nobody reads. */
export function logPipe(): LogPipe {
  // What child_process calls a pipe is a pair of sockets, which this process would read from.
  const folder = mkdtempSync(join(tmpdir(), 'log-pipe-'));
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  let reader: number | undefined = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  rmSync(folder, { recursive: true });

  function abandon(): void {
    if (reader !== undefined) closeSync(reader);
    reader = undefined;
  }

  return {
    writer,
    abandon,
    close() {
      abandon();
      closeSync(writer);
    },
  };
}
