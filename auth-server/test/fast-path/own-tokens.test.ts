/** Which tokens need no signature check. */
import { expect, test } from 'vitest';
import { ownTokens } from '../../src/oidc/fast-path/own-tokens.ts';

function remember() {
  let now = 1_000_000;
  const own = ownTokens(5, () => now);
  return { own, wait: (seconds: number) => (now += seconds * 1000) };
}

test('a token is known from when it was added, and no other one is', () => {
  const { own } = remember();
  expect(own.has('head.body.signature')).toBe(false);
  own.add('head.body.signature');
  expect(own.has('head.body.signature')).toBe(true);
  expect(own.has('head.body.signaturf')).toBe(false);
  expect(own.has('head.bodx.signature')).toBe(false);
});

test('a token is known for its whole lifetime, whenever it was added', () => {
  const { own, wait } = remember();
  wait(4);
  own.add('a.b.c');
  wait(4.9);
  expect(own.has('a.b.c')).toBe(true);
});

test.each([[[10]], [[5, 5]], [[60]]])('a token is forgotten after two lifetimes (waits %j)', (waits) => {
  const { own, wait } = remember();
  own.add('a.b.c');
  for (const seconds of waits) {
    wait(seconds);
    own.add(`other-${seconds}.b.c`);
  }
  expect(own.has('a.b.c')).toBe(false);
});

test('a token that comes when the memory of a lifetime is full is not remembered', () => {
  const { own } = remember();
  for (let token = 0; token < 20_000; token += 1) own.add(`a.b.${token}`);
  own.add('a.b.one-too-many');
  expect(own.has('a.b.19999')).toBe(true);
  expect(own.has('a.b.one-too-many')).toBe(false);
});
