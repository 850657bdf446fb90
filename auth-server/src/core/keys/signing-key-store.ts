/** The port to the signing keys, which all replicas share. */
import type { KeyTimes } from './key-stages.ts';

export interface SigningKey extends KeyTimes {
  /** The private key, as a JWK (RFC 7517). */
  jwk: Record<string, unknown>;
}

/** What is to be changed: keys to add, and the `kid`s of keys to forget. */
export interface KeyChange {
  add: SigningKey[];
  forget: string[];
}

export interface SigningKeyStore {
  all(): Promise<SigningKey[]>;
  /**
   * Changes the keys while nobody else does, in this process or another: `decide` sees all of them.
   *
   * @returns all keys after the change
   */
  change(decide: (keys: SigningKey[]) => Promise<KeyChange>): Promise<SigningKey[]>;
}
