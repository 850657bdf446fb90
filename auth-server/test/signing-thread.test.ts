/** The thread that signs. */
import { generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { signInThread } from '../src/oidc/signing-thread.ts';

const text = (input: string) => new TextEncoder().encode(input);

function isGood(signature: Uint8Array, input: string, key: KeyObject): boolean {
  return verify('sha256', text(input), { key, dsaEncoding: 'ieee-p1363' }, signature);
}

test('signatures with several keys that are asked for at once are each of their own text and key', async () => {
  const keys = [0, 1, 2].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  const signing = keys.map(({ privateKey }) => signInThread(privateKey, 'sha256'));
  // So many that some of their numbers are shorter than others: one in 128.
  const texts = Array.from({ length: 3_000 }, (_, index) => `text ${index}`);
  const signatures = await Promise.all(
    texts.map((input, index) => signing[index % 3]?.(text(input)) as Promise<Uint8Array>),
  );
  signatures.forEach((signature, index) => {
    const [own, other] = [keys[index % 3], keys[(index + 1) % 3]].map((pair) => pair?.publicKey as KeyObject);
    expect(isGood(signature, String(texts[index]), own as KeyObject)).toBe(true);
    expect(isGood(signature, String(texts[index]), other as KeyObject)).toBe(false);
  });
});

test('signatures that cannot be made are refused with the cause, and what is asked for next is signed', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const impossible = signInThread(publicKey, 'sha256');
  const refused = await Promise.allSettled([impossible(text('a')), impossible(text('b'))]);
  for (const outcome of refused) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { cause: expect.any(Error) } });
  }
  const signature = await signInThread(privateKey, 'sha256')(text('c'));
  expect(isGood(signature, 'c', publicKey)).toBe(true);
});
