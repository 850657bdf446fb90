/** A sealed text opens only with its key and for the purpose that it was sealed for. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { sealer } from '../../src/stores/postgres/sealing.ts';

const [old, current, other] = [randomBytes(32), randomBytes(32), randomBytes(32)];

test('a sealed text is a JWE that hides it, and opens again', async () => {
  const { seal, open } = sealer([current]);
  const sealed = await seal('ünïcödé 🕰', 'Client one');
  expect(sealed.split('.')).toHaveLength(5);
  expect(await seal('ünïcödé 🕰', 'Client one')).not.toBe(sealed);
  expect(await open(sealed, 'Client one')).toBe('ünïcödé 🕰');
});

test('a new key seals when it is put before the old one, which still opens what it sealed', async () => {
  const sealed = await sealer([old]).seal('text', 'Client one');
  expect(await sealer([current, old]).open(sealed, 'Client one')).toBe('text');
  const anew = await sealer([current, old]).seal('text', 'Client one');
  expect(await sealer([current]).open(anew, 'Client one')).toBe('text');
});

test.each([
  ['with another key', sealer([other]), 'Client one', 'a key that is not here'],
  ['as something else', sealer([current]), 'Client two', 'sealed as something else'],
])('a sealed text does not open %s', async (_how, { open }, of, message) => {
  await expect(open(await sealer([current]).seal('text', 'Client one'), of)).rejects.toThrow(message);
});

test('a sealed text that was changed does not open', async () => {
  const { seal, open } = sealer([current]);
  const parts = (await seal('a text of some length', 'Client one')).split('.');
  const ciphertext = Buffer.from(String(parts[3]), 'base64url');
  ciphertext[0] = Number(ciphertext[0]) ^ 1;
  parts[3] = ciphertext.toString('base64url');
  await expect(open(parts.join('.'), 'Client one')).rejects.toThrow();
});
