/** Seals what must be read again and would open something to whoever reads the database: a JWE (RFC 7516). */
import { createSecretKey, hash, type KeyObject } from 'node:crypto';
import { CompactEncrypt, compactDecrypt } from 'jose';

/** A key of its own for each text, so that no number of texts wears out ours (RFC 7518 §4.4, §5.3). */
const ALGORITHMS = { alg: 'A256KW', enc: 'A256GCM' };

export interface Sealer {
  /** @param of what the text belongs to: it opens as nothing else's */
  seal(text: string, of: string): Promise<string>;
  /** @throws when it was sealed with a key that is not here, or as something else's */
  open(sealed: string, of: string): Promise<string>;
}

/**
 * @param keys 32 bytes each. The first seals and all open, so that a new one can be put in front of an old one.
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
      if (protectedHeader.of !== of) throw new Error('what is stored was sealed as something else');
      return Buffer.from(plaintext).toString();
    },
  };
}

/** What is stored was sealed with a key that is not here. */
export class WrongSealingKey extends Error {
  override readonly name = 'WrongSealingKey';

  constructor() {
    super('what is stored was sealed with a key that is not here');
  }
}

function keyId(key: Uint8Array): string {
  return hash('sha256', key, 'base64url').slice(0, 8);
}
