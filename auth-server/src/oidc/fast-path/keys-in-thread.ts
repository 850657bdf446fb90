/** Wraps private keys so that they sign in a thread, by the library's feature for keys that it does not hold itself. */
import { createPrivateKey, createPublicKey, type JsonWebKeyInput, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import { type Configuration, ExternalSigningKey } from 'oidc-provider';
import { type Sign, signInThread } from './signing-thread.ts';

/** That feature, in the version that this is written for. With another version the library does not start. */
export const EXTERNAL_KEYS: NonNullable<Configuration['features']>['externalSigningSupport'] = {
  enabled: true,
  ack: 'experimental-01',
};

/** The hash function that each algorithm signs with (RFC 7518 §3.4, RFC 8037 §3.1, RFC 9864 §2.2); null: it has its own. */
const DIGESTS = new Map<string | undefined, string | null>([
  ['ES256', 'sha256'],
  ['EdDSA', null],
  ['Ed25519', null],
]);

/**
 * The keys to give to the library. It signs with RSA keys itself, because their signatures take so long that several
 * processors help, and with keys that it may use for several algorithms.
 */
export function keysInThread(keys: JWK[]): (JWK | ExternalSigningKey)[] {
  return keys.map((key) => {
    const digest = DIGESTS.get(onlyAlg(key));
    return digest === undefined ? key : new KeyInThread(key, digest);
  });
}

/** The one algorithm that a key is for; undefined when there are several. */
function onlyAlg({ alg, crv }: JWK): string | undefined {
  return alg ?? (crv === 'P-256' ? 'ES256' : undefined);
}

class KeyInThread extends ExternalSigningKey {
  readonly #certificates: string[] | undefined;
  readonly #public: KeyObject;
  readonly #sign: Sign;

  constructor(jwk: JWK, digest: string | null) {
    super();
    const key = createPrivateKey({ key: jwk, format: 'jwk' } as JsonWebKeyInput);
    this.#certificates = jwk.x5c;
    this.#public = createPublicKey(key);
    this.#sign = signInThread(key, digest);
    Object.assign(this, { kid: jwk.kid, alg: onlyAlg(jwk) });
  }

  override get x5c(): string[] | undefined {
    return this.#certificates;
  }

  override keyObject(): KeyObject {
    return this.#public;
  }

  override sign(data: Uint8Array): Promise<Uint8Array> {
    return this.#sign(data);
  }
}
