/** The tests: a project for each service, one for the guard, one for shared code, and one for the three services together. */
import { defineConfig } from 'vitest/config';

/** How long a test may take, in milliseconds: many times what it takes on a machine that has nothing else to do. */
const testTimeout = 30_000;

const project = (name: string, include = 'test/**/*.test.ts') => ({
  test: { name, root: name, include: [include], environment: 'node', testTimeout, hookTimeout: testTimeout },
});

export default defineConfig({
  test: {
    projects: [
      project('shared'),
      project('guard'),
      project('auth-server'),
      project('resource-server'),
      project('webapp'),
      project('system', '{test,e2e}/**/*.test.ts'),
    ],
  },
});
