/** Thousands of idle connections neither keep the services from answering nor leak memory or files. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { residentMiB } from '../processes.ts';
import { expiringToken } from './harness/bad-tokens.ts';
import { expectNoWarnings, expectUndisturbed } from './harness/expectations.ts';
import { SERVICES, type System, startedSystem } from './harness/linked-system.ts';
import { rawConnection, statusOfAnswerTo } from './harness/raw-client.ts';
import { underFault } from './harness/run.ts';

/** How many connections each service gets, if the limit on open files allows it: this process has the other ends. */
const CONNECTIONS = Math.min(3_000, Math.floor((openFileLimit() - 1_000) / SERVICES.length));

/** How many of them are made at a time. */
const BATCH = 50;

/** The most memory that may stay in use in a service afterwards, in MiB: V8 shrinks the heap at a time of its own. */
const MIB_LEFT = 100;

/** The longest time of a call beside them, in milliseconds. */
const PROMPT_MS = 1_000;

let system: System;
let expiredToken: () => string;
beforeAll(async () => {
  system = await startedSystem();
  expiredToken = await expiringToken(system);
});
afterAll(() => system.end());

test('thousands of idle connections do not disturb calls, and leak neither memory nor files', async () => {
  const services = SERVICES.map((name) => system.services[name]);
  const holdings = () =>
    services.map(({ name, pid }) => ({ name, files: openFiles(pid), mib: residentMiB(pid) }));
  const before = holdings();
  const idle: Socket[] = [];
  let statuses: (number | undefined)[] = [];
  const run = await underFault(system, expiredToken, {
    name: `${SERVICES.length * CONNECTIONS} idle connections`,
    async begin() {
      for (let made = 0; made < CONNECTIONS; made += BATCH) {
        for (const { url } of services) idle.push(...Array.from({ length: BATCH }, () => rawConnection(url)));
        // Making them all at once would hold up this process, which makes the calls too.
        await sleep(10);
      }
    },
    async end() {
      statuses = await Promise.all(services.map(({ url }) => healthByNewConnection(url)));
      for (const socket of idle) socket.destroy();
    },
    lastsMs: 3_000,
  });
  expectUndisturbed(run);
  expect.soft(Math.max(...run.calls.map(({ ms }) => ms)), 'slowest call').toBeLessThan(PROMPT_MS);
  expect.soft(statuses, 'health by new connections').toEqual([200, 200, 200]);

  await sleep(500);
  for (const [index, { name, files, mib }] of holdings().entries()) {
    expect.soft(files - (before[index]?.files ?? 0), `open files more in ${name}`).toBeLessThan(50);
    expect.soft(mib - (before[index]?.mib ?? 0), `MiB more in ${name}`).toBeLessThan(MIB_LEFT);
  }
});

test('no service says anything besides its log', () => expectNoWarnings(system));

function healthByNewConnection(url: string): Promise<number | undefined> {
  return statusOfAnswerTo(url, `GET /health/live HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`);
}

function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** The limit of this process, which is also that of the processes it starts. */
function openFileLimit(): number {
  const limit = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}
