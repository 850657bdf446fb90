/** Each service is killed and started again, and paused and resumed, while calls flow. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { expiringToken } from './harness/bad-tokens.ts';
import { expectNoWarnings, expectOutage, expectSound } from './harness/expectations.ts';
import { SERVICES, type System, startedSystem } from './harness/linked-system.ts';
import { underFault } from './harness/run.ts';

let system: System;
let expiredToken: () => string;
beforeAll(async () => {
  system = await startedSystem();
  expiredToken = await expiringToken(system);
});
beforeEach(() => system.start());
afterAll(() => system.end());

test.each(SERVICES)('%s is killed and started again, and no call gets a wrong answer', async (name) => {
  const service = system.services[name];
  const run = await underFault(system, expiredToken, {
    name: `${name} killed`,
    begin: () => service.kill(),
    end: () => service.start(),
    lastsMs: 1_000,
    down: [name],
  });
  expectOutage(run);
});

test.each(SERVICES)('%s is paused and resumed, and no call waits past its deadline', async (name) => {
  const service = system.services[name];
  const run = await underFault(system, expiredToken, {
    name: `${name} paused`,
    begin: () => service.pause(),
    end: () => service.resume(),
    lastsMs: 2_500,
  });
  const slow = run.during.filter(({ kind, ms }) => kind === 'unavailable' || ms > 500);
  expect.soft(slow.length, 'calls that show the fault').toBeGreaterThan(0);
  expectSound(run);
});

test('no service says anything besides its log', () => expectNoWarnings(system));
