/** What all counts of attempts do. */
import { describe, expect, test } from 'vitest';
import type { AttemptCounts } from '../../../src/core/throttle/attempt-counts.ts';

/** Counts with nothing in them, and a way to let time pass for them, in seconds. */
export interface OpenCounts {
  counts: AttemptCounts;
  pass(seconds: number): Promise<void>;
}

export function describeAttemptCounts(name: string, open: () => Promise<OpenCounts>): void {
  describe(`a count of attempts ${name}`, () => {
    test('begins with one, for each key', async () => {
      const { counts } = await open();
      expect(await counts.get(['one'])).toEqual([0]);
      expect([await counts.add('one', 60), await counts.add('one', 60)]).toEqual([1, 2]);
      expect(await counts.add('two', 60)).toBe(1);
      expect(await counts.get(['two', 'three', 'one'])).toEqual([1, 0, 2]);
    });

    test('tells everyone another number who counts at the same time', async () => {
      const { counts } = await open();
      const told = await Promise.all(Array.from({ length: 20 }, () => counts.add('one', 60)));
      expect(told.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, nth) => nth + 1));
    });

    test('ends so long after its first, however often it was added to', async () => {
      const { counts, pass } = await open();
      await counts.add('one', 60);
      await pass(50);
      expect(await counts.add('one', 60)).toBe(2);
      await pass(10);
      expect(await counts.get(['one'])).toEqual([0]);
      expect(await counts.add('one', 60)).toBe(1);
      await pass(50);
      expect(await counts.get(['one'])).toEqual([1]);
    });

    test('is taken back from where there is one, and never below zero', async () => {
      const { counts } = await open();
      await counts.add('one', 60);
      await counts.add('one', 60);
      await counts.add('two', 60);
      await counts.takeBack(['two', 'one', 'three']);
      await counts.takeBack(['two']);
      await counts.takeBack([]);
      expect(await counts.get(['one', 'two', 'three'])).toEqual([1, 0, 0]);
      expect(await counts.add('two', 60)).toBe(1);
      expect(await counts.add('three', 60)).toBe(1);
    });

    test('that has ended is not taken back from the next', async () => {
      const { counts, pass } = await open();
      await counts.add('one', 60);
      await pass(60);
      await counts.takeBack(['one']);
      expect(await counts.add('one', 60)).toBe(1);
    });
  });
}
