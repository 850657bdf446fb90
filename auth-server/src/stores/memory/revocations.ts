/** The revocation list in memory; it forgets each entry when its token has expired. */
import { ExpiringMap } from 'shared/core/expiring-map.ts';
import type { RevocationList } from '../../core/tokens/revocation-list.ts';

/** A list without a bound, since a token whose revocation is forgotten is good again. Only good tokens can be listed. */
export function memoryRevocations(): RevocationList & { readonly size: number } {
  const revoked = new ExpiringMap<true>({ max: Number.POSITIVE_INFINITY, whenFull: 'refuse' });

  return {
    async add(jti, expiresAt) {
      revoked.set(jti, true, expiresAt * 1_000);
    },
    async has(...jtis) {
      return jtis.some((jti) => revoked.get(jti) !== undefined);
    },
    get size() {
      return revoked.size;
    },
  };
}
