/** A pipe for a log, whose reader never reads and can go away. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface LogPipe {
  /** The end to write to, for the services' stdout. */
  writer: number;
  /** Closes the reader's end. */
  abandon(): void;
  /** Closes all ends that are still open. */
  close(): void;
}

/** A pipe that nobody reads. */
export function logPipe(): LogPipe {
  // The pipes of child_process are pairs of sockets, which this process would read.
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
