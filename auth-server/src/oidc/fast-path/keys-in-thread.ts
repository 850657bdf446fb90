/** Private keys that sign in a thread of their own, as the library takes keys that it does not hold. */
import { createPrivateKey, createPublicKey, type JsonWebKeyInput, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import { type Configuration, ExternalSigningKey } from 'oidc-provider';
import { type Sign, signInThread } from './signing-thread.ts';

/** The library's feature that takes them, in the one form of it that this is written for: with another it does not start. */
export const EXTERNAL_KEYS: NonNullable<Configuration['features']>['externalSigningSupport'] = {
  enabled: true,
  ack: 'experimental-01',
};

/** The hash that each algorithm signs (RFC 7518 §3.4, RFC 8037 §3.1, RFC 9864 §2.2). */
const DIGESTS = new Map<string | undefined, string | null>([
  ['ES256', 'sha256'],
  ['EdDSA', null],
  ['Ed25519', null],
]);

/**
 * Keys as the library is to have them. It keeps those for RSA, whose signatures take so long that several processors
 * are of use, and those that it may use for several algorithms.
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
