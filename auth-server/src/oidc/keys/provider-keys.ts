/** The signing keys as the provider uses them: the operator's, or those of a key ring. */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { StartupFault } from 'shared/config/startup-fault.ts';
import { publicHalf } from 'shared/oauth/secret-jwk-members.ts';
import type { Apis } from '../../core/apis/apis.ts';
import type { MakeKey, StagedKey } from '../../core/keys/key-ring.ts';
import { SIGNING_ALGS, type SigningAlg } from '../../core/keys/signing-algs.ts';

/** The algorithm of ID tokens unless the client asks for another: the one that OpenID Connect clients expect. */
export const ID_TOKEN_ALG = 'RS256';

/**
 * How long a key may go on signing after it has retired, in milliseconds. A replica notices within five seconds by its
 * own clock, finishes running requests within five more with the keys that they began with, and may fail to read the
 * keys once or twice during an outage of the database.
 */
export const LATE_SIGNATURES_MS = 30_000;

/** The keys that one provider signs and verifies with. */
export interface SigningKeys {
  /** Private JWKs. The first one for an algorithm signs; all are published, and verify. */
  keys: JWK[];
  /**
   * Until when each retired key may have signed, by `kid`, in milliseconds since the epoch. A token that claims to be
   * younger is not ours.
   */
  signedUntil: ReadonlyMap<string, number>;
  /** The algorithm of access tokens whose API names no other, and of signed introspection responses. */
  accessTokenAlg: SigningAlg;
  /** The default algorithm of ID tokens: {@link ID_TOKEN_ALG} where there is a key for it. */
  idTokenAlg: SigningAlg;
}

/** The algorithms that need keys: those of access tokens and that of ID tokens. */
export function neededAlgs(accessTokenAlg: SigningAlg, apis: Apis): SigningAlg[] {
  return [...new Set<SigningAlg>([accessTokenAlg, ID_TOKEN_ALG, ...apis.all.map((api) => api.signingAlg)])];
}

/** A text that is another one whenever other keys are published, or one of them is at another stage. */
export function stagesOf(published: StagedKey[]): string {
  return published.map(({ key, stage }) => `${key.kid} ${stage}`).join();
}

/** The keys of a key ring, which has one for each of the {@link neededAlgs}. */
export function signingKeysOf(published: StagedKey[], accessTokenAlg: SigningAlg): SigningKeys {
  const signedUntil = published.flatMap(({ key, retiredAt }): [string, number][] =>
    retiredAt === undefined ? [] : [[key.kid, retiredAt + LATE_SIGNATURES_MS]],
  );
  return {
    keys: published.map(({ key }) => key.jwk as JWK),
    signedUntil: new Map(signedUntil),
    accessTokenAlg,
    idTokenAlg: ID_TOKEN_ALG,
  };
}

/**
 * Checks the operator's keys, and gives each a `kid` if it has none.
 *
 * @throws {StartupFault} when a key cannot be used, or none can sign the access tokens of an API
 */
export async function checkSigningKeys(
  keys: JWK[],
  accessTokenAlg: SigningAlg,
  apis: Apis,
): Promise<SigningKeys> {
  const faults = (await Promise.all(keys.map(faultOf))).filter((fault) => fault !== undefined);
  if (!keys.some((key) => canSign(key, accessTokenAlg))) {
    faults.push(`JWKS_FILE: no key in it can sign with SIGNING_ALG ${accessTokenAlg}`);
  }
  for (const { resource, signingAlg } of apis.all.filter((api) => api.signingAlg !== accessTokenAlg)) {
    if (keys.some((key) => canSign(key, signingAlg))) continue;
    faults.push(`JWKS_FILE: no key in it can sign with ${signingAlg}, which the API ${resource} needs`);
  }
  if (faults.length > 0) throw new StartupFault(faults);
  // The library derives the same names, but does not expose them.
  const named = await Promise.all(
    // `key_ops` of a private key would be published as well, and forbid clients to verify with the public half.
    keys.map(async ({ key_ops: _ops, ...key }) => ({
      ...key,
      kid: key.kid ?? (await calculateJwkThumbprint(key)),
    })),
  );
  if (new Set(named.map(({ kid }) => kid)).size < named.length) {
    throw new StartupFault(['JWKS_FILE: two keys have the same kid']);
  }
  const idTokenAlg = keys.some((key) => canSign(key, ID_TOKEN_ALG)) ? ID_TOKEN_ALG : accessTokenAlg;
  // The file does not say when a key stopped signing.
  return { keys: named, signedUntil: new Map(), accessTokenAlg, idTokenAlg };
}

/** The public halves of private JWKs. */
export function publicKeys(keys: JWK[]): JWK[] {
  return keys.map(publicHalf);
}

/** Makes a private key with a random `kid`. */
export const makeKey: MakeKey = async (alg) => {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const kid = crypto.randomUUID();
  return { kid, jwk: { ...(await exportJWK(privateKey)), kid, use: 'sig', alg } };
};

async function faultOf(key: JWK, index: number): Promise<string | undefined> {
  if (key.d === undefined) return `JWKS_FILE: key ${index} has no private part`;
  if (key.use !== undefined && key.use !== 'sig') return `JWKS_FILE: key ${index} is not for signatures`;
  try {
    await importJWK(key, key.alg ?? SIGNING_ALGS.find((alg) => canSign(key, alg)));
    return undefined;
  } catch {
    return `JWKS_FILE: key ${index} cannot be used`;
  }
}

function canSign(key: JWK, alg: SigningAlg): boolean {
  if (key.alg !== undefined && key.alg !== alg) return false;
  switch (alg) {
    case 'ES256':
      return key.kty === 'EC' && key.crv === 'P-256';
    case 'RS256':
    case 'PS256':
      return key.kty === 'RSA';
    case 'EdDSA':
    case 'Ed25519':
      return key.kty === 'OKP' && key.crv === 'Ed25519';
  }
}
