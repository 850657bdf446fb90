/** What runs in the thread that signs: it is told a key and what to sign with it, and keeps nothing. */
import { sign } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { SIGNATURE_BYTES, type SigningTask } from './signing-task.ts';

/** Half of a signature. */
const NUMBER_BYTES = SIGNATURE_BYTES / 2;

parentPort?.on('message', ({ key, digest, inputs }: SigningTask) => {
  const signatures = new Uint8Array(SIGNATURE_BYTES * inputs.length);
  inputs.forEach((input, index) => {
    const signature = sign(digest, Buffer.from(input, 'latin1'), key);
    const place = signatures.subarray(SIGNATURE_BYTES * index, SIGNATURE_BYTES * (index + 1));
    if (key.asymmetricKeyType === 'ec') joinNumbers(signature, place);
    else place.set(signature);
  });
  parentPort?.postMessage(signatures, [signatures.buffer]);
});

/**
 * Writes the two numbers of an ECDSA signature (RFC 3279 §2.2.3) as JWS wants them: one after the other, each in 32 bytes
 * (RFC 7518 §3.4). Node can do this too, and takes as long for it as for the signature.
 */
function joinNumbers(der: Uint8Array, place: Uint8Array): void {
  // A sequence of two integers; none of their lengths needs a second byte. An integer has its sign in its first bit, and
  // so may have a zero before it, or less than all of its bytes.
  const length = der[3] ?? 0;
  const r = der.subarray(4, 4 + length).subarray(-NUMBER_BYTES);
  const s = der.subarray(4 + length + 2).subarray(-NUMBER_BYTES);
  place.set(r, NUMBER_BYTES - r.length);
  place.set(s, SIGNATURE_BYTES - s.length);
}
