/** The examples in `examples/`, run for real: `npm run test:examples`. With EXAMPLES=all a language that is missing is a failure. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'examples',
    root: fileURLToPath(new URL('../', import.meta.url)),
    include: ['examples/**/*.test.ts'],
    globalSetup: ['examples/left-out.ts'],
    environment: 'node',
    // Each test file installs and compiles, which takes all cores.
    fileParallelism: false,
    testTimeout: 30_000,
    // The first start of an example gets its dependencies.
    hookTimeout: 300_000,
  },
});
