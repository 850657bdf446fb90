/** The revocation list in memory does not grow for ever; contracts/revocation-list.ts tests what every list does. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { memoryRevocations } from '../../src/stores/memory/revocations.ts';

const start = Date.parse('2026-11-22T06:11:11Z');
beforeEach(() => void vi.useFakeTimers({ now: start }));
afterEach(() => void vi.useRealTimers());

test('holds each entry until its token expires, and forgets it then', async () => {
  const revocations = memoryRevocations();
  await revocations.add('first', start / 1000 + 2);
  await revocations.add('second', start / 1000 + 5);
  await vi.advanceTimersByTimeAsync(1_999);
  expect([await revocations.has('first'), await revocations.has('second')]).toEqual([true, true]);
  await vi.advanceTimersByTimeAsync(1);
  expect([await revocations.has('first'), await revocations.has('second')]).toEqual([false, true]);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(revocations.size).toBe(0);
});

test('has no timer that would keep the process alive', async () => {
  await memoryRevocations().add('first', start / 1000 + 2);
  expect(vi.getTimerCount()).toBe(0);
});
