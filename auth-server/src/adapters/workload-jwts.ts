/** Reads the JWTs of workloads, and checks their signatures with the keys of their issuers. */
import { compactVerify, createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors, type JWK } from 'jose';
import { SIGNING_ALGS } from '../core/keys/signing-algs.ts';
import type { UnverifiedJwt } from '../core/workloads/assertion-claims.ts';
import type { WorkloadJwts } from '../core/workloads/verify-workload.ts';
import { type WorkloadKeys, workloadKeys } from './workload-keys.ts';

type Key = Parameters<typeof compactVerify>[1];

/** What became of the search for the key of a signature. */
type Outcome = 'signed' | 'not signed' | 'unknown key';

/** JWTs of issuers whose keys are registered, or are fetched from where the registration says. */
export function workloadJwts(keys: WorkloadKeys = workloadKeys()): WorkloadJwts {
  return {
    read,
    async isSigned(jwt, { jwks, jwks_uri: url }) {
      if (jwks !== undefined || url === undefined) return (await outcome(jwt, jwks?.keys ?? [])) === 'signed';
      const first = await outcome(jwt, await keys.at(url));
      // The issuer may have a new key since.
      return (first === 'unknown key' ? await outcome(jwt, await keys.newerAt(url)) : first) === 'signed';
    },
  };
}

function read(jwt: string): UnverifiedJwt | undefined {
  try {
    return { header: { ...decodeProtectedHeader(jwt) }, claims: decodeJwt(jwt) };
  } catch {
    return undefined;
  }
}

async function outcome(jwt: string, keys: readonly Record<string, unknown>[]): Promise<Outcome> {
  const found = await candidates(jwt, keys as JWK[]);
  for (const key of found) if (await isSignedBy(jwt, key)) return 'signed';
  // A JWT that names no key may be signed by one that we have not seen.
  return found.length > 0 && read(jwt)?.header.kid !== undefined ? 'not signed' : 'unknown key';
}

/**
 * The keys that may have signed, by the `kid` and the `alg` of the header. Jose leaves out shared secrets and private keys, with which
 * anybody might have signed.
 */
async function candidates(jwt: string, keys: JWK[]): Promise<Key[]> {
  try {
    return [await createLocalJWKSet({ keys })(decodeProtectedHeader(jwt))];
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return [];
    const several: Key[] = [];
    for await (const key of error) several.push(key);
    return several;
  }
}

async function isSignedBy(jwt: string, key: Key): Promise<boolean> {
  try {
    await compactVerify(jwt, key, { algorithms: [...SIGNING_ALGS] });
    return true;
  } catch {
    return false;
  }
}
