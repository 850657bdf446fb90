/** Everything that starts a service gives Node the options that keep its memory small. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { NODE_OPTIONS } from '../../src/lifecycle/memory.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

test('the image starts services with them', () => {
  expect(read('Dockerfile')).toContain(`\nENV NODE_OPTIONS=${NODE_OPTIONS}\n`);
});

test.each(['auth-server', 'resource-server', 'webapp'])('the npm script of the %s has them', (service) => {
  const { scripts } = JSON.parse(read(`${service}/package.json`));
  expect(scripts.start).toMatch(new RegExp(`^node ${NODE_OPTIONS} `));
});
