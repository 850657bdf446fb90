/** Preloaded by the npm scripts that start something: reads `.env`, and ends when npm is told to end. */
import { existsSync } from 'node:fs';

// At the top of the project. Variables that are set already win.
const file = new URL('../../../.env', import.meta.url);
if (existsSync(file)) process.loadEnvFile(file);

// npm hands a SIGTERM to its shell, which dies of it and tells nobody; all that is left to see is a new parent.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
}, 200).unref();
