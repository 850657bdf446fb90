/** Proofs and requests for tests of DPoP (RFC 9449). */
import type { RememberProof } from 'guard';
import type { JWTPayload } from 'jose';
import { athOf, type Key, signedProof } from 'shared/test/dpop.ts';
import { RESOURCE, startWithToken, tokenOf } from './resource-server.ts';

/** A good proof for `GET /current_time` with `a-token`; the given claims replace its own. */
export function proofBy(key: Key, claims: JWTPayload = {}): Promise<string> {
  const good = { htm: 'GET', htu: `${RESOURCE}/current_time`, ath: athOf('a-token') };
  return signedProof(key, { ...good, ...claims });
}

/** Starts a resource server for which every token is bound to the key. */
export async function startWithBoundToken(
  { jkt }: Key,
  facts: Parameters<typeof tokenOf>[0] = {},
  ports: { rememberProof?: RememberProof } = {},
) {
  const server = await startWithToken(tokenOf({ cnf: { jkt }, ...facts }), ports);
  return {
    ...server,
    getWithProof: (proof: string, path = '/current_time') =>
      server.get(path, { authorization: 'DPoP a-token', dpop: proof }),
  };
}
