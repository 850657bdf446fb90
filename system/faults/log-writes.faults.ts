/** The log goes to a full disk, to a pipe that is not read, and to a pipe whose reader goes away. */
import { closeSync, openSync } from 'node:fs';
import autocannon from 'autocannon';
import { expect, onTestFinished, test } from 'vitest';
import { residentMiB } from '../processes.ts';
import { expiringToken } from './harness/bad-tokens.ts';
import { expectUndisturbed } from './harness/expectations.ts';
import { SERVICES, type System, startedSystem } from './harness/linked-system.ts';
import { type LogPipe, logPipe } from './harness/log-pipe.ts';
import { underFault } from './harness/run.ts';
import type { Service } from './harness/service.ts';

/** The most memory of a service whose log goes nowhere, in MiB: what it needs under load, without a growing queue. */
const MAX_RESIDENT_MIB = 400;

/** How long a service may take to stop, in milliseconds. */
const STOP_MS = 10_000;

test('a full disk under the log changes nothing for callers', async () => {
  const full = openSync('/dev/full', 'w');
  onTestFinished(() => closeSync(full));
  const system = await startedUntilFinished(full);
  const run = await underFault(system, await expiringToken(system), {
    name: 'log on a full disk',
    begin: () => {},
    end: () => {},
  });
  expectUndisturbed(run);
});

test('a full disk under the log does not keep a service from stopping', async () => {
  const full = openSync('/dev/full', 'w');
  onTestFinished(() => closeSync(full));
  const system = await startedUntilFinished(full);
  const began = performance.now();
  expect(await system.services.webapp.stop()).toBe(0);
  expect(performance.now() - began).toBeLessThan(STOP_MS);
});

test('a log pipe that nobody reads changes nothing for callers, and memory stays bounded', async () => {
  const system = await startedUntilFinished(unreadPipe().writer);
  const run = await underFault(system, await expiringToken(system), {
    name: 'log pipe that nobody reads',
    begin: () => fillPipes(system),
    end: () => {},
  });
  expectUndisturbed(run);
  for (const name of SERVICES)
    expect.soft(residentMiB(system.services[name].pid), name).toBeLessThan(MAX_RESIDENT_MIB);
});

test('a log pipe that nobody reads does not keep a service from stopping', async () => {
  const system = await startedUntilFinished(unreadPipe().writer);
  await flood(system.services.webapp, 3_000);
  const began = performance.now();
  expect(await system.services.webapp.stop()).toBe(0);
  expect(performance.now() - began).toBeLessThan(STOP_MS);
});

test('a log pipe whose reader goes away changes nothing for callers', async () => {
  const pipe = unreadPipe();
  const system = await startedUntilFinished(pipe.writer);
  const run = await underFault(system, await expiringToken(system), {
    name: "log pipe's reader goes away",
    begin: () => pipe.abandon(),
    end: () => {},
  });
  expectUndisturbed(run);
});

async function startedUntilFinished(stdout: number): Promise<System> {
  const system = await startedSystem({ stdout });
  onTestFinished(() => system.end());
  return system;
}

function unreadPipe(): LogPipe {
  const pipe = logPipe();
  onTestFinished(() => pipe.close());
  return pipe;
}

/** Makes each service log more than a pipe holds, and the webapp more than may wait. */
async function fillPipes({ services }: System): Promise<void> {
  await flood(services['auth-server'], 1_000);
  await flood(services['resource-server'], 1_000);
  await flood(services.webapp, 25_000);
}

/** Sends requests that are answered at once and make long log lines, of some 450 bytes each. */
async function flood({ url }: Service, requests: number): Promise<void> {
  await autocannon({
    url: `${url}/${'nothing/'.repeat(24)}`,
    headers: { 'x-request-id': 'x'.repeat(64) },
    connections: 8,
    amount: requests,
  });
}
