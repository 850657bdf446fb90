/** The stores on a real PostgreSQL server, which TEST_DATABASE_URL names: `.ci/postgres npm run test:postgres`. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Without a server the tests fail; they are never skipped.
for (const name of ['TEST_DATABASE_URL', 'TEST_POSTGRES_BIN', 'TEST_PGBOUNCER', 'TEST_SERVERS_HOME']) {
  if (!process.env[name]) throw new Error(`${name} must be set: .ci/postgres does`);
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
