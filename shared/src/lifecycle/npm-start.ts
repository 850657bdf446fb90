/** Preloaded by npm scripts: reads `.env`, and ends the process when npm is told to end. */
import { existsSync } from 'node:fs';

// The file is at the top of the project. Variables that are already set win.
const file = new URL('../../../.env', import.meta.url);
if (existsSync(file)) process.loadEnvFile(file);

// npm passes a SIGTERM to its shell, which dies without passing it on. All that this process notices is a new parent.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
}, 200).unref();
