/** Signing keys in memory: of one process, and forgotten at its end. */
import type { SigningKey, SigningKeyStore } from '../../core/keys/signing-key-store.ts';

export function memorySigningKeys(): SigningKeyStore {
  let keys: SigningKey[] = [];
  let last: Promise<unknown> = Promise.resolve();
  return {
    async all() {
      return [...keys];
    },
    change(decide) {
      const changed = last.then(async () => {
        const { add, forget } = await decide([...keys]);
        keys = [...keys.filter(({ kid }) => !forget.includes(kid)), ...add];
        return [...keys];
      });
      last = changed.catch(() => {});
      return changed;
    },
  };
}
