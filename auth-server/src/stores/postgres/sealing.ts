/** Seals secrets that have to be read again, so that a reader of the database cannot use them: as a JWE (RFC 7516). */
import { createSecretKey, hash, type KeyObject } from 'node:crypto';
import { CompactEncrypt, compactDecrypt } from 'jose';

/** Each text is encrypted with a key of its own, so that no number of texts wears out our key (RFC 7518 §4.4, §5.3). */
const ALGORITHMS = { alg: 'A256KW', enc: 'A256GCM' };

/** Seals texts, and opens them again. */
export interface Sealer {
  /** @param of what the text belongs to; it cannot be opened as belonging to anything else */
  seal(text: string, of: string): Promise<string>;
  /** @throws when the text was sealed with a key that is not here, or belongs to something else */
  open(sealed: string, of: string): Promise<string>;
}

/**
 * @param keys 32 bytes each. The first key seals and every key opens, so that a new key can be put in front of an old one.
 */
export function sealer(keys: [Uint8Array, ...Uint8Array[]]): Sealer {
  const byId = new Map(keys.map((key) => [keyId(key), createSecretKey(key)]));
  const [[kid, sealing]] = [...byId] as [[string, KeyObject]];

  return {
    seal: (text, of) =>
      new CompactEncrypt(Buffer.from(text)).setProtectedHeader({ ...ALGORITHMS, kid, of }).encrypt(sealing),
    async open(sealed, of) {
      const { plaintext, protectedHeader } = await compactDecrypt(
        sealed,
        (header) => {
          const key = byId.get(String(header.kid));
          if (key === undefined) throw new WrongSealingKey();
          return key;
        },
        {
          keyManagementAlgorithms: [ALGORITHMS.alg],
          contentEncryptionAlgorithms: [ALGORITHMS.enc],
        },
      );
      if (protectedHeader.of !== of) throw new Error('a stored secret was sealed as something else');
      return Buffer.from(plaintext).toString();
    },
  };
}

/** A stored secret was sealed with a key that is not among ours. */
export class WrongSealingKey extends Error {
  override readonly name = 'WrongSealingKey';

  constructor() {
    super('a stored secret was sealed with a key that is not here');
  }
}

function keyId(key: Uint8Array): string {
  return hash('sha256', key, 'base64url').slice(0, 8);
}
