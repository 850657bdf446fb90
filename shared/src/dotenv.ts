/** Preloaded by the npm scripts: reads `.env` at the top of the project, when there is one. Set variables win. */
import { existsSync } from 'node:fs';

const file = new URL('../../.env', import.meta.url);
if (existsSync(file)) process.loadEnvFile(file);
