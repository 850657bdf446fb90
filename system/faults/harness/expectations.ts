/** What runs must show. */
import { expect } from 'vitest';
import type { System } from './linked-system.ts';
import { count, type Run } from './run.ts';

/** How long after the end of a fault calls may still fail, in milliseconds. */
const RECOVERY_MS = 2_000;

/** Expects no wrong answer, no call that hangs, and that the system recovers soon after the fault. */
export function expectSound(run: Run): void {
  const wrong = run.calls.filter(({ kind }) => kind === 'wrong').map(({ why }) => why);
  expect.soft([...new Set(wrong)], 'wrong answers').toEqual([]);
  expect.soft(count(run.calls, 'hung'), 'calls without an answer within the deadline').toBe(0);
  expect.soft(run.recoveredMs ?? Number.POSITIVE_INFINITY, 'recovery').toBeLessThanOrEqual(RECOVERY_MS);
}

/** Expects that calls were served before the fault, and that some show the fault while it lasts. */
export function expectOutage(run: Run): void {
  expectServedBefore(run);
  expect
    .soft(count(run.during, 'unavailable', 'unreachable'), 'calls that show the fault')
    .toBeGreaterThan(0);
  expectSound(run);
}

/** Expects that callers notice nothing of the fault. */
export function expectUndisturbed(run: Run): void {
  expectServedBefore(run);
  expect.soft(count(run.calls, 'unavailable', 'unreachable'), 'calls that show the fault').toBe(0);
  expectSound(run);
}

function expectServedBefore({ before }: Run): void {
  expect.soft(count(before, 'served'), 'calls served before the fault').toBeGreaterThan(0);
}

/** Expects no output besides the log, such as Node's warnings of listeners that pile up. */
export function expectNoWarnings({ services }: System): void {
  expect.soft(Object.values(services).flatMap((service) => service.complaints())).toEqual([]);
}
