/** Twice the load that the machine can carry. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { residentMiB } from '../processes.ts';
import { type LoadOutcome, run } from './harness/background-load.ts';
import { expectNoWarnings } from './harness/expectations.ts';
import { SERVICES, type System, startedSystem } from './harness/linked-system.ts';
import { record } from './harness/rows.ts';

/** A load that costs the machine next to nothing, in calls a second. */
const LIGHT_RATE = 50;

/**
 * How long the peak lasts, in seconds. In the first tenth of a second the overload is not noticed yet and all requests
 * wait; that must be less than a hundredth of the peak, and has a bar of its own.
 */
const PEAK_SECONDS = 60;

/** The bar for calls that are served at the peak, as a multiple of the unloaded p99. */
const SERVED_BAR = 3;

/** How long calls may wait that come before the overload is noticed, in milliseconds. */
const NOTICED_BAR_MS = 500;

/** The bar for the p99 of refusals, in milliseconds. */
const REFUSED_BAR_MS = 100;

/** The part of the capacity that must still be served at the peak, since refusals cost something too. */
const SERVED_PART = 1 / 3;

/** How far two measurements of the same thing may be apart on a noisy machine. */
const NOISE = 2;

/** The most memory of a service after the peak, in MiB. */
const MAX_RESIDENT_MIB = 400;

let system: System;
beforeAll(async () => {
  system = await startedSystem();
  // Warms up: V8 compiles the hot code.
  await asMuchAsGoes(5);
});
afterAll(() => system.end());

// Best of two: a neighbour on the machine may spoil one.
test('at twice the capacity calls are served fast, and the rest is refused quickly', {
  retry: 1,
  timeout: 150_000,
}, async () => {
  const unloaded = await atRate(LIGHT_RATE, 8);
  const capacity = perSecond(await asMuchAsGoes(5), 5);
  const rate = Math.round(2 * capacity);
  const peak = await atRate(rate, PEAK_SECONDS);
  const unloadedAfter = await atRate(LIGHT_RATE, 4);
  const capacityAfter = perSecond(await asMuchAsGoes(4), 4);
  const resident = SERVICES.map((name) => residentMiB(system.services[name].pid));

  const { served, unavailable, unreachable, wrong, hung } = peak.kinds;
  const bar = SERVED_BAR * unloaded.kinds.served.p99;
  const sent = total(peak);
  record({
    name: 'twice the capacity',
    calls: sent,
    served: served.count,
    denied: 0,
    unavailable: unavailable.count,
    unreachable: unreachable.count,
    wrong: wrong.count,
    hung: hung.count,
    slowestMs: Math.max(...Object.values(peak.kinds).map(({ max }) => max)),
    note: [
      `unloaded p50 ${ms(unloaded.kinds.served.p50)}, p99 ${ms(unloaded.kinds.served.p99)}`,
      `capacity ${Math.round(capacity)}/s`,
      `offered ${rate}/s, ${peak.dropped} not sent, generator late by ${ms(peak.lagMs)} at p99`,
      `served ${Math.round(perSecond(peak, PEAK_SECONDS))}/s, p50 ${ms(served.p50)}, p99 ${ms(served.p99)} (bar ${ms(bar)})`,
      `refused p50 ${ms(unavailable.p50)}, p99 ${ms(unavailable.p99)}`,
      `after: p50 ${ms(unloadedAfter.kinds.served.p50)}, p99 ${ms(unloadedAfter.kinds.served.p99)}, capacity ${Math.round(capacityAfter)}/s`,
      `resident ${resident.map(Math.round).join(', ')} MiB`,
    ].join('; '),
  });

  expect.soft(peak.wrong, 'wrong answers').toEqual([]);
  expect.soft(hung.count + unreachable.count, 'calls without an answer').toBe(0);
  expect
    .soft(peak.dropped, 'calls that the generator could not send')
    .toBeLessThan(0.05 * rate * PEAK_SECONDS);
  expect.soft(served.p99, 'p99 of what is served').toBeLessThanOrEqual(bar);
  expect.soft(served.max, 'slowest that is served').toBeLessThanOrEqual(NOTICED_BAR_MS);
  expect.soft(unavailable.p99, 'p99 of refusals').toBeLessThanOrEqual(REFUSED_BAR_MS);
  expect.soft(perSecond(peak, PEAK_SECONDS), 'calls served a second').toBeGreaterThan(capacity * SERVED_PART);
  expect.soft(unloadedAfter.kinds.served.count, 'calls served after the peak').toBe(total(unloadedAfter));
  expect.soft(unloadedAfter.kinds.served.p50, 'p50 after').toBeLessThan(NOISE * unloaded.kinds.served.p50);
  expect.soft(capacityAfter, 'capacity after').toBeGreaterThan(capacity / NOISE);
  expect.soft(Math.max(...resident), 'resident MiB').toBeLessThan(MAX_RESIDENT_MIB);
});

test('no service says anything besides its log', () => expectNoWarnings(system));

function atRate(rate: number, seconds: number): Promise<LoadOutcome> {
  return run({ base: system.services.webapp.url, seconds, rate, connections: 1_000 });
}

function asMuchAsGoes(seconds: number): Promise<LoadOutcome> {
  return run({ base: system.services.webapp.url, seconds, connections: 32 });
}

function perSecond({ kinds }: LoadOutcome, seconds: number): number {
  return kinds.served.count / seconds;
}

function total({ kinds }: LoadOutcome): number {
  return Object.values(kinds).reduce((sum, { count }) => sum + count, 0);
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
