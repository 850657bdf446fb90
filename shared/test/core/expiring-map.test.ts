/** A map in memory with a bound, whose entries expire. */
import { describe, expect, test } from 'vitest';
import { type Capacity, ExpiringMap } from '../../src/core/expiring-map.ts';

function start(room: Partial<Capacity> = {}) {
  let now = 1_800_000_000_000;
  const map = new ExpiringMap<string>({ max: 3, whenFull: 'refuse', clock: () => now, ...room });
  return {
    map,
    wait: (milliseconds: number) => {
      now += milliseconds;
    },
    keep: (key: string, milliseconds = 60_000) => map.set(key, `value of ${key}`, now + milliseconds),
    kept: (...keys: string[]) => keys.filter((key) => map.get(key) !== undefined),
  };
}

test('a value is kept until it expires, and gone at that moment', () => {
  const { map, keep, wait } = start();
  keep('one', 1_500);
  wait(1_499);
  expect(map.get('one')).toBe('value of one');
  wait(1);
  expect(map.get('one')).toBeUndefined();
});

test('a deleted value is gone', () => {
  const { map, keep, kept } = start();
  keep('one');
  map.delete('one');
  expect(kept('one')).toEqual([]);
});

test('a full map refuses a new entry, and keeps its own', () => {
  const { keep, kept } = start();
  expect(['one', 'two', 'three', 'four'].map((key) => keep(key))).toEqual([true, true, true, false]);
  expect(kept('one', 'two', 'three', 'four')).toEqual(['one', 'two', 'three']);
});

test('a full map accepts a new value for a key that it has', () => {
  const { map, keep, kept } = start();
  for (const key of ['one', 'two', 'three']) keep(key);
  expect(map.set('one', 'another', Number.POSITIVE_INFINITY)).toBe(true);
  expect(map.get('one')).toBe('another');
  expect(kept('two', 'three')).toEqual(['two', 'three']);
});

test('a full map has room again when an entry has expired', () => {
  const { keep, kept, wait } = start();
  keep('one');
  keep('two', 1_000);
  keep('three');
  wait(1_000);
  expect(keep('four')).toBe(true);
  expect(kept('one', 'three', 'four')).toEqual(['one', 'three', 'four']);
});

test('expired entries go even when the clock is set back', () => {
  const { keep, wait } = start({ max: 1 });
  keep('one', -3_600_000);
  wait(-1_800_000);
  expect(keep('two')).toBe(true);
});

test('a map that drops the oldest drops the entries that were set first', () => {
  const { keep, kept } = start({ whenFull: 'drop oldest' });
  for (const key of ['one', 'two', 'three', 'one', 'four']) expect(keep(key)).toBe(true);
  expect(kept('one', 'two', 'three', 'four')).toEqual(['one', 'three', 'four']);
});

test('a map that drops the oldest drops few at a time', () => {
  const { map, keep } = start({ max: 1_000, whenFull: 'drop oldest' });
  for (let count = 0; count < 10_000; count += 1) {
    keep(`key ${count}`);
    expect(map.size).toBeGreaterThan(Math.min(count, 989));
  }
  expect(map.size).toBeLessThanOrEqual(1_000);
});

describe('where owners share the room', () => {
  test('the oldest go of whoever has the most', () => {
    const { map, kept } = start({ max: 100, whenFull: 'drop oldest' });
    const keep = (key: string, owner: string) => map.set(key, key, Number.POSITIVE_INFINITY, owner);
    for (const key of ['one', 'two']) keep(key, 'somebody');
    for (let count = 0; count < 1_000; count += 1) keep(`key ${count}`, 'greedy');
    expect(kept('one', 'two', 'key 0', 'key 999')).toEqual(['one', 'two', 'key 999']);
    expect(map.size).toBe(100);
  });

  test('one is refused who has a part of what is free, and another is not', () => {
    const { map } = start({ max: 100, whenFull: { leaveRoom: 1 } });
    const keep = (key: string, owner: string) => map.set(key, key, Number.POSITIVE_INFINITY, owner);
    const taken = Array.from({ length: 100 }, (_, count) => keep(`key ${count}`, 'greedy'));
    expect(taken.filter((kept) => kept)).toHaveLength(50);
    expect(keep('one', 'somebody')).toBe(true);
    map.delete('key 7');
    map.delete('key 8');
    expect(keep('key 7', 'greedy')).toBe(true);
  });
});
