/** What every run must show. */
import { expect } from 'vitest';
import type { System } from './linked-system.ts';
import { count, type Run } from './run.ts';

/** How long after a fault's end all calls may not yet be served, in milliseconds. */
const RECOVERY_MS = 2_000;

/** No wrong answer, no hang, and soon after the end all is as before. */
export function expectSound(run: Run): void {
  const wrong = run.calls.filter(({ kind }) => kind === 'wrong').map(({ why }) => why);
  expect.soft([...new Set(wrong)], 'wrong answers').toEqual([]);
  expect.soft(count(run.calls, 'hung'), 'calls without an answer within the deadline').toBe(0);
  expect.soft(run.recoveredMs ?? Number.POSITIVE_INFINITY, 'recovery').toBeLessThanOrEqual(RECOVERY_MS);
}

/** A run on a system that was well before, and that cannot serve all while the fault lasts. */
export function expectOutage(run: Run): void {
  expectServedBefore(run);
  expect
    .soft(count(run.during, 'unavailable', 'unreachable'), 'calls that show the fault')
    .toBeGreaterThan(0);
  expectSound(run);
}

/** A run of which callers notice nothing. */
export function expectUndisturbed(run: Run): void {
  expectServedBefore(run);
  expect.soft(count(run.calls, 'unavailable', 'unreachable'), 'calls that show the fault').toBe(0);
  expectSound(run);
}

function expectServedBefore({ before }: Run): void {
  expect.soft(count(before, 'served'), 'calls served before the fault').toBeGreaterThan(0);
}

/** Nothing was said by Node itself, which warns of listeners that pile up. */
export function expectNoWarnings({ services }: System): void {
  expect.soft(Object.values(services).flatMap((service) => service.complaints())).toEqual([]);
}
