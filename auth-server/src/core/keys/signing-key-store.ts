/** The port to the signing keys, which all replicas share. */
import type { KeyTimes } from './key-stages.ts';

/** A private key with the times that decide its stage. */
export interface SigningKey extends KeyTimes {
  /** The private key, as a JWK (RFC 7517). */
  jwk: Record<string, unknown>;
}

/** A change to the stored keys: keys to add, and the `kid`s of keys to forget. */
export interface KeyChange {
  add: SigningKey[];
  forget: string[];
}

/** Keeps the signing keys. Every call fails with `StoreUnavailable` during an outage. */
export interface SigningKeyStore {
  all(): Promise<SigningKey[]>;
  /**
   * Changes the keys; no other call, in this process or another, changes them meanwhile.
   *
   * @param decide is given all keys
   * @returns all keys after the change
   */
  change(decide: (keys: SigningKey[]) => Promise<KeyChange>): Promise<SigningKey[]>;
}
