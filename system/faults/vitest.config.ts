/** The fault suite: `npm run test:faults`. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'faults',
    root: fileURLToPath(new URL('../', import.meta.url)),
    include: ['faults/**/*.faults.ts'],
    globalSetup: ['faults/harness/table.ts'],
    environment: 'node',
    // What else runs at the time would be measured too.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 30_000,
  },
});
