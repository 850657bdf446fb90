/** What every revocation list does. */
import { describe, expect, test } from 'vitest';
import type { RevocationList } from '../../../src/core/tokens/revocation-list.ts';

/** An empty list, and a way to let time pass for it, in seconds. */
export interface OpenList {
  list: RevocationList;
  pass(seconds: number): Promise<void>;
}

export function describeRevocationList(name: string, open: () => Promise<OpenList>): void {
  describe(`a revocation list ${name}`, () => {
    const inSeconds = (seconds: number) => Math.ceil(Date.now() / 1_000) + seconds;

    test('has each token until it expires', async () => {
      const { list, pass } = await open();
      const [soon, later] = [inSeconds(20), inSeconds(60)];
      await list.add('soon', soon);
      await list.add('later', later);
      await pass(15);
      expect([await list.has('soon'), await list.has('later')]).toEqual([true, true]);
      await pass(40);
      expect(await list.has('later')).toBe(true);
    });

    test('has a token that was added more than once', async () => {
      const { list } = await open();
      expect(await list.has('one')).toBe(false);
      await Promise.all(Array.from({ length: 5 }, () => list.add('one', inSeconds(60))));
      expect(await list.has('one')).toBe(true);
    });

    test('says whether any of several tokens was revoked', async () => {
      const { list } = await open();
      await list.add('second', inSeconds(60));
      expect(await list.has('first', 'second', 'third')).toBe(true);
      expect(await list.has('first', 'third')).toBe(false);
      expect(await list.has()).toBe(false);
    });

    test('does not have a token that was never revoked', async () => {
      const { list } = await open();
      await list.add('first', inSeconds(60));
      expect(await list.has('second')).toBe(false);
      expect(await list.has('first\0')).toBe(false);
    });
  });
}
