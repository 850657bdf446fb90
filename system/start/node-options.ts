/** The options of Node that services are started with. */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

const file = new URL('../../shared/src/lifecycle/node.env', import.meta.url);

/** For the environment of a process that runs a service. */
export const NODE_OPTIONS = parseEnv(readFileSync(file, 'utf8')).NODE_OPTIONS ?? '';
