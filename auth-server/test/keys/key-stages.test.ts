/** The stages that signing keys go through. */
import { expect, test } from 'vitest';
import { dueKey, type KeyTimes, stagesAt } from '../../src/core/keys/key-stages.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const rules = { maxAgeMs: 90 * DAY, publishMs: 15 * MINUTE, retireMs: () => DAY };

const key = (kid: string, signsFrom: number, alg = 'ES256'): KeyTimes => ({
  kid,
  alg,
  createdAt: signsFrom - rules.publishMs,
  signsFrom,
});

const at = (keys: KeyTimes[], now: number) =>
  Object.fromEntries(stagesAt(keys, now, rules).map(({ key: { kid }, stage }) => [kid, stage]));

test('a new key is published, then signs; the old one signs until then, is retired, and is left out a day later', () => {
  const keys = [key('old', 0), key('new', 90 * DAY)];
  expect(at(keys, 90 * DAY - 1)).toEqual({ old: 'signing', new: 'published' });
  expect(at(keys, 90 * DAY)).toEqual({ old: 'retired', new: 'signing' });
  expect(at(keys, 91 * DAY - 1)).toEqual({ old: 'retired', new: 'signing' });
  expect(at(keys, 91 * DAY)).toEqual({ new: 'signing' });
});

test('a key of one algorithm does not retire keys of another', () => {
  const keys = [key('rs', 0, 'RS256'), key('es', DAY)];
  expect(at(keys, 5 * DAY)).toEqual({ rs: 'signing', es: 'signing' });
});

test('how long a retired key stays depends on its algorithm', () => {
  const keys = [key('es', 0), key('es2', DAY), key('rs', 0, 'RS256'), key('rs2', DAY, 'RS256')];
  const soon = { ...rules, retireMs: (alg: string) => (alg === 'ES256' ? MINUTE : DAY) };
  const kidsAt = (now: number) => stagesAt(keys, now, soon).map(({ key: { kid } }) => kid);
  expect(kidsAt(DAY + MINUTE - 1)).toEqual(['es', 'es2', 'rs', 'rs2']);
  expect(kidsAt(DAY + MINUTE)).toEqual(['es2', 'rs', 'rs2']);
  expect(kidsAt(2 * DAY)).toEqual(['es2', 'rs2']);
});

test('a retired key tells when it was replaced', () => {
  const retired = (now: number) => stagesAt([key('old', 0), key('new', DAY)], now, rules)[0]?.retiredAt;
  expect([retired(DAY - 1), retired(DAY + MINUTE)]).toEqual([undefined, DAY]);
});

test('of two keys that follow each other within a day, the older is left out a day after the first took over', () => {
  const keys = [key('a', 0), key('b', DAY), key('c', DAY + MINUTE)];
  expect(at(keys, DAY + MINUTE)).toEqual({ a: 'retired', b: 'retired', c: 'signing' });
  expect(at(keys, 2 * DAY)).toEqual({ b: 'retired', c: 'signing' });
  expect(at(keys, 2 * DAY + MINUTE)).toEqual({ c: 'signing' });
});

test('the first key signs at once; the next is due early enough to be published before the old one is too old', () => {
  expect(dueKey([], 'ES256', 7, rules)).toBe(7);
  const keys = [key('a', 0)];
  const due = 90 * DAY - 15 * MINUTE;
  expect(dueKey(keys, 'ES256', due - 1, rules)).toBeUndefined();
  expect(dueKey(keys, 'ES256', due, rules)).toBe(90 * DAY);
  expect(dueKey([...keys, key('b', 90 * DAY)], 'ES256', due, rules)).toBeUndefined();
  expect(dueKey(keys, 'RS256', due, rules)).toBe(due);
});

test('a key that is overdue because no replica ran is made at once, and still published before it signs', () => {
  expect(dueKey([key('a', 0)], 'ES256', 300 * DAY, rules)).toBe(300 * DAY + 15 * MINUTE);
});
