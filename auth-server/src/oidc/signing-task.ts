/** What the thread that signs is told, and how long what it answers is. */
import type { KeyObject } from 'node:crypto';

/** Signatures to be made with one key. */
export interface SigningTask {
  /** A private key of an elliptic curve. */
  key: KeyObject;
  /** The hash to sign; null where the algorithm has its own. */
  digest: string | null;
  /** What to sign, one character a byte: texts go to another thread faster than bytes. */
  inputs: string[];
}

/** The length of a signature in bytes: 64 for ES256 (RFC 7518 §3.4) and for Ed25519 (RFC 8032 §5.1.6). */
export const SIGNATURE_BYTES = 64;
