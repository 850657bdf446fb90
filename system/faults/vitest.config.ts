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
    // Tests that run at the same time would disturb the measurements.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 30_000,
  },
});
