/** Users and login attempts, in memory and on PostgreSQL without a server. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { memoryAttempts } from '../../src/stores/memory/attempts.ts';
import { memoryUsers } from '../../src/stores/memory/users.ts';
import { describeAttemptCounts } from './contracts/attempt-counts.ts';
import { describeUserStore } from './contracts/user-store.ts';
import { startPglite } from './pglite.ts';
import { describeUsersInPostgres } from './users-in-postgres.ts';

const url = startPglite();

describeUserStore('in memory', async () => memoryUsers());

describeAttemptCounts('in memory', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  return { counts: memoryAttempts(), pass: async (seconds) => void vi.advanceTimersByTime(seconds * 1_000) };
});

test('counts of attempts in memory are bounded, and the oldest is dropped first', async () => {
  const counts = memoryAttempts(3);
  for (const key of ['one', 'two', 'three', 'one', 'four']) await counts.add(key, 60);
  expect(counts.size).toBe(3);
  expect(await counts.get(['one', 'two', 'three', 'four'])).toEqual([0, 1, 1, 1]);
});

describeUsersInPostgres('in PGlite', () => url, 1);
