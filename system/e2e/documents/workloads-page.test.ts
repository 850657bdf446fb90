/** The example on the page of workloads, tried on the running system, with the CI platform that the page shows. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from 'shared/test/serve.ts';
import { beforeAll, expect, test } from 'vitest';
import { named, textOf } from './pages.ts';
import { type ShownSystem, systemOf } from './shown-commands.ts';

const PAGE = 'docs/workloads.md';

let shown: ShownSystem;

beforeAll(async () => {
  const port = String(await freePort());
  const stopCi = await startedCi(port);
  shown = await systemOf(PAGE, { 'localhost:7010': `localhost:${port}` });
  return async () => {
    stopCi();
    await shown.stop();
  };
}, 30_000);

/** Runs the platform of the page at a port, until it is stopped. */
async function startedCi(port: string): Promise<() => void> {
  const [program = ''] = named(textOf(PAGE), /^```js\n(.*?)^```/gms);
  const folder = mkdtempSync(join(tmpdir(), 'ci-'));
  writeFileSync(join(folder, 'ci.mjs'), program.replace('7010', port));
  const process_ = spawn(process.execPath, [join(folder, 'ci.mjs')], { stdio: 'inherit' });
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await fetch(`http://localhost:${port}/keys`).catch(() => undefined);
    if (answer?.ok) break;
    await sleep(50);
  }
  return () => {
    process_.kill();
    rmSync(folder, { recursive: true });
  };
}

test('its commands answer as it shows', async () => {
  expect(shown.commands).toHaveLength(5);
  const typed = await shown.typed();
  expect(typed.printed).toEqual(typed.shown);
});
