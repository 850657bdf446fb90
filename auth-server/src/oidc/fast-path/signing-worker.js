/**
 * Runs in the signing thread. It receives a key and what to sign with it, and keeps nothing. It is not TypeScript, for which
 * the thread would load a compiler of its own: 9 MiB, and 8 GiB of addresses, which not every process may have.
 *
 * @import { SigningAnswer, SigningTask } from './signing-thread.ts'
 */
import { sign } from 'node:crypto';
import { parentPort } from 'node:worker_threads';

/** The length of a signature: 64 for ES256 (RFC 7518 §3.4) and for Ed25519 (RFC 8032 §5.1.6). */
const SIGNATURE_BYTES = 64;

/** The length of each of its two numbers. */
const NUMBER_BYTES = 32;

parentPort?.on('message', (/** @type {SigningTask} */ task) => parentPort?.postMessage(answer(task)));

/** @type {(task: SigningTask) => SigningAnswer} */
function answer({ id, key, digest, inputs }) {
  try {
    const signatures = new Uint8Array(SIGNATURE_BYTES * inputs.length);
    inputs.forEach((input, index) => {
      const signature = sign(digest, Buffer.from(input, 'latin1'), key);
      const target = signatures.subarray(SIGNATURE_BYTES * index, SIGNATURE_BYTES * (index + 1));
      if (key.asymmetricKeyType === 'ec') joinNumbers(signature, target);
      else target.set(signature);
    });
    return { id, signatures };
  } catch (error) {
    return { id, error };
  }
}

/**
 * Writes the two numbers of an ECDSA signature (RFC 3279 §2.2.3) as JWS wants them: one after the other, each in 32 bytes
 * (RFC 7518 §3.4). Node can do this too, but that takes as long as the signature.
 *
 * @type {(der: Buffer, target: Uint8Array) => void}
 */
function joinNumbers(der, target) {
  // The signature is a sequence of two integers, and each length fits in one byte. The first bit of an integer is its sign,
  // so an integer may begin with a zero byte, or be shorter than 32 bytes.
  const length = der[3] ?? 0;
  const r = der.subarray(4, 4 + length).subarray(-NUMBER_BYTES);
  const s = der.subarray(4 + length + 2).subarray(-NUMBER_BYTES);
  target.set(r, NUMBER_BYTES - r.length);
  target.set(s, SIGNATURE_BYTES - s.length);
}
