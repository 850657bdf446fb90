/** What runs in the thread that signs: it is told a key and what to sign with it, and keeps nothing. */
import { sign } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { SIGNATURE_BYTES, type SigningTask } from './signing-task.ts';

parentPort?.on('message', ({ key, digest, inputs }: SigningTask) => {
  const signatures = new Uint8Array(SIGNATURE_BYTES * inputs.length);
  inputs.forEach((input, index) => {
    const signature = sign(digest, Buffer.from(input, 'latin1'), { key, dsaEncoding: 'ieee-p1363' });
    signatures.set(signature, SIGNATURE_BYTES * index);
  });
  parentPort?.postMessage(signatures, [signatures.buffer]);
});
