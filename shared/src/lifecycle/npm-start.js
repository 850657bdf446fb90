/**
 * Preloaded by npm scripts: checks Node.js, reads `.env`, and ends the process when npm is told to end. Plain JavaScript,
 * because an old Node.js has to read it.
 */
import './right-node.js';
import { readFileSync } from 'node:fs';
import util from 'node:util';

// The file is at the top of the project. Variables that are already set win.
for (const [name, value] of Object.entries(settingsIn(new URL('../../../.env', import.meta.url)))) {
  process.env[name] ??= value;
}

// npm passes a SIGTERM to its shell, which dies without passing it on. All that this process notices is a new parent.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
}, 200).unref();

/**
 * The variables in a file; none without the file. Some editors begin a file with a byte order mark, which is no part of
 * the first name.
 *
 * @param {URL} file
 * @returns {NodeJS.Dict<string>}
 */
function settingsIn(file) {
  try {
    return util.parseEnv(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}
