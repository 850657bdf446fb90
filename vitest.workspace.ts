/** The tests: a project for each service, one for shared code, and one for the three services together. */
import { defineConfig } from 'vitest/config';

const project = (name: string, root: string, include: string) => ({
  test: { name, root, include: [include], environment: 'node' },
});

export default defineConfig({
  test: {
    projects: [
      project('shared', 'shared', 'test/**/*.test.ts'),
      project('auth-server', 'auth-server', 'test/**/*.test.ts'),
      project('resource-server', 'resource-server', 'test/**/*.test.ts'),
      project('webapp', 'webapp', 'test/**/*.test.ts'),
      project('system', 'system', '{test,e2e}/**/*.test.ts'),
    ],
  },
});
