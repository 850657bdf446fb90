/** The guard behind real proxies: `npm run test:proxies`. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'proxies',
    root: fileURLToPath(new URL('../', import.meta.url)),
    include: ['proxies/**/*.test.ts'],
    environment: 'node',
    // Each file runs many processes.
    fileParallelism: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
