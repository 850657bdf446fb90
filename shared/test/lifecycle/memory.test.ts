/** Every way to start a service gives Node the options that keep its memory small. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const OPTIONS = 'shared/src/lifecycle/node.env';
const top = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, top), 'utf8');

/** Makes objects, keeps some of them for a while, and prints the largest size of the young generation, in MiB. */
const PROGRAM = `
  const { getHeapSpaceStatistics } = require('node:v8');
  let kept = [];
  let most = 0;
  for (let made = 0; made < 800_000; made += 1) {
    kept = kept.length < 150_000 ? kept : [];
    kept.push({ made: [made] });
    if (made % 50_000 > 0) continue;
    const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    most = Math.max(most, space.space_size);
  }
  console.log(most / 1024 / 1024);
`;

test('with the options the young generation is smaller than Node makes it', () => {
  const room = (...options: string[]) => {
    const { stdout } = spawnSync(process.execPath, [...options, '--eval', PROGRAM], { env: {} });
    return Number(stdout);
  };
  const bounded = room(`--env-file=${fileURLToPath(new URL(OPTIONS, top))}`);
  expect(bounded).toBeGreaterThan(0);
  expect(bounded).toBeLessThanOrEqual(8);
  expect(room()).toBeGreaterThan(8);
}, 30_000);

test.each(['auth-server', 'resource-server', 'webapp'])('the %s is started with the options', (service) => {
  const { scripts } = JSON.parse(read(`${service}/package.json`));
  expect(scripts.start).toMatch(new RegExp(`^node --env-file=../${OPTIONS} `));
  expect(read('compose.yaml')).toContain(`command: [node, --env-file=${OPTIONS}, ${service}/src/main.ts]\n`);
});
