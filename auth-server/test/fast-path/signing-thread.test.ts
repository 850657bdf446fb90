/** The thread that signs. */
import { generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import type { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { signInThread } from '../../src/oidc/fast-path/signing-thread.ts';

/** All threads that were started. */
const threads: Worker[] = [];
subscribe('worker_threads', (message) => threads.push((message as { worker: Worker }).worker));

const text = (input: string) => new TextEncoder().encode(input);

function isGood(signature: Uint8Array, input: string, key: KeyObject): boolean {
  return verify('sha256', text(input), { key, dsaEncoding: 'ieee-p1363' }, signature);
}

test('signatures that are requested at once each belong to their own text and key', async () => {
  const keys = [0, 1, 2].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  const signing = keys.map(({ privateKey }) => signInThread(privateKey, 'sha256'));
  // So many that some signatures hold a number that is shorter than usual: one in 128 does.
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

test('a signature that cannot be made fails with the cause, and others at the same time are made', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [good, impossible] = [signInThread(privateKey, 'sha256'), signInThread(publicKey, 'sha256')];
  const [before, refused, after] = await Promise.allSettled([
    good(text('a')),
    impossible(text('b')),
    good(text('c')),
  ]);
  expect(refused).toMatchObject({ status: 'rejected', reason: { cause: expect.any(Error) } });
  expect(before).toMatchObject({ status: 'fulfilled' });
  expect(after).toMatchObject({ status: 'fulfilled' });
  expect(isGood(await good(text('d')), 'd', publicKey)).toBe(true);
});

test('when the thread ends, waiting calls fail, and the next call is signed', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const sign = signInThread(privateKey, 'sha256');
  await sign(text('before'));
  // So many that the thread cannot make all of them before it ends.
  const refused = Promise.allSettled(Array.from({ length: 5_000 }, () => sign(text('waiting'))));
  await threads.at(-1)?.terminate();
  expect((await refused).at(-1)).toMatchObject({ status: 'rejected' });
  expect(isGood(await sign(text('next')), 'next', publicKey)).toBe(true);
});
