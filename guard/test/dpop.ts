/** Proofs and APIs for tests of DPoP (RFC 9449). */
import type { GuardOptions } from 'guard';
import type { JWTPayload } from 'jose';
import { athOf, type Key, signedProof } from 'shared/test/dpop.ts';
import { RESOURCE, startApi, tokenOf } from './api-under-test.ts';
import type { Start } from './frameworks.ts';

/** The algorithms of which a challenge tells clients. */
export const ALGS = 'ES256 RS256 PS256 EdDSA Ed25519';

/** A good proof for `GET /notes` with `a-token`; the given claims and header parameters replace its own. */
export function proofBy(key: Key, claims: JWTPayload = {}, header: Record<string, unknown> = {}) {
  const good = { htm: 'GET', htu: `${RESOURCE}/notes`, ath: athOf('a-token') };
  return signedProof(key, { ...good, ...claims }, header);
}

/** Starts an API that needs the scope `read`, and for which every token is bound to the key. */
export async function startBound(
  start: Start,
  { jkt }: Key,
  facts: Parameters<typeof tokenOf>[0] = {},
  options: Partial<GuardOptions> = {},
) {
  const api = await startApi(start, tokenOf({ cnf: { jkt }, ...facts }), { scope: 'read' }, options);
  return {
    ...api,
    getWithProof: (dpop: string, path?: string, method?: string) =>
      api.get({ authorization: 'DPoP a-token', dpop }, path, method),
  };
}
