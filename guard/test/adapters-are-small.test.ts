/** The adapters stay so small that one for another framework is written in minutes. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test.each(['koa', 'express', 'fastify', 'web'])('the adapter for %s has at most 20 lines of code', (name) => {
  const source = readFileSync(new URL(`../src/frameworks/${name}.ts`, import.meta.url), 'utf8');
  const code = source
    .replace(/\/\*.*?\*\//gs, '')
    .split('\n')
    .filter((line) => !/^\s*(\/\/.*)?$/.test(line));
  expect(code.length).toBeGreaterThan(0);
  expect(code.length).toBeLessThanOrEqual(20);
});
