/** The stores on a real PostgreSQL server, which TEST_DATABASE_URL names: `.ci/postgres npm run test:postgres`. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Without a server the tests fail; they are never skipped.
if (!process.env.TEST_DATABASE_URL) {
  throw new Error('TEST_DATABASE_URL must name a PostgreSQL server: .ci/postgres starts one');
}

export default defineConfig({
  test: {
    name: 'postgres',
    root: fileURLToPath(new URL('../../', import.meta.url)),
    include: ['test/postgres/**/*.postgres.ts'],
    environment: 'node',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
