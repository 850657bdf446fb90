/** Entity tags (RFC 9110 §8.8.3): which versions they can name. */
import type { Problem } from 'shared/http/problem.ts';
import { expect, test } from 'vitest';
import { entityTag, seenVersion } from '../../src/http/admin/entity-tags.ts';

test('a tag names its version', () => {
  for (const version of [1, 20, 2_147_483_647]) expect(seenVersion(entityTag(version))).toBe(version);
});

test.each([
  ['"1", "3"', 3],
  ['"3","1"', 3],
  ['"2"', 2],
  [', "1" ,, "2" ,', 2],
  ['"other", "4"', 4],
  ['"a,b", "4"', 4],
  ['W/"9", "4"', 4],
  ['"2147483648", "4"', 4],
])('of the list %s the version is %d, since the others are over', (list, version) => {
  expect(seenVersion(list)).toBe(version);
});

test.each(['W/"1"', '"other", W/"2"', '"1" "2"', '"1", *', '1', '"1', ',', '"1";"2"'])(
  '%s names none of our versions',
  (list) => {
    expect(() => seenVersion(list)).toThrow(expect.objectContaining({ status: 412 }) as Problem);
  },
);

test.each([2_147_483_648, 999_999_999_999_999])(
  'the version %d, which the database could not even compare, is none of ours',
  (version) => {
    expect(() => seenVersion(entityTag(version))).toThrow(
      expect.objectContaining({ status: 412 }) as Problem,
    );
  },
);
