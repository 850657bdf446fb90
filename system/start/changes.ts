/** Waits for a developer to change source files. */
import { readdirSync, watch } from 'node:fs';
import { join } from 'node:path';

/** How long the files must be left alone before a change counts as finished, in milliseconds. */
const QUIET_MS = 150;

/** Source files, without the backups and swap files that editors keep beside them. */
const SOURCE = /^[^.].*\.(ts|js)$/;

/**
 * Resolves once a source file in one of the folders has changed and no further change follows, or when the signal
 * aborts. It begins to watch when it is called.
 *
 * Every directory is watched by itself. `node --watch` and the recursive mode of `fs.watch` watch the files on Linux,
 * and lose a file once an editor or Git has replaced it.
 */
export async function nextChange(folders: string[], signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  let quiet: NodeJS.Timeout | undefined;
  const watchers = folders.flatMap(directoriesIn).map((directory) =>
    watch(directory, (_event, file) => {
      if (file === null || !SOURCE.test(file)) return;
      clearTimeout(quiet);
      quiet = setTimeout(finish, QUIET_MS);
    }),
  );
  const abort = () => finish();
  signal.addEventListener('abort', abort);
  await finished;
  signal.removeEventListener('abort', abort);
  clearTimeout(quiet);
  for (const watcher of watchers) watcher.close();
}

function directoriesIn(folder: string): string[] {
  const within = readdirSync(folder, { recursive: true, withFileTypes: true });
  return [
    folder,
    ...within.filter((entry) => entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name)),
  ];
}
