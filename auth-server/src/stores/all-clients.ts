/** Several stores of clients as one. */
import type { ClientStore } from '../core/clients/client-registration.ts';

/** A client is the first store's that has it, so that nobody can register over those of the stores before. */
export function inOrder(...stores: ClientStore[]): ClientStore {
  return {
    async find(clientId) {
      for (const store of stores) {
        const client = await store.find(clientId);
        if (client !== undefined) return client;
      }
      return undefined;
    },
  };
}
