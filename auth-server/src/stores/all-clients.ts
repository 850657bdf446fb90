/** Combines several stores of clients into one. */
import type { ClientStore } from '../core/clients/client-registration.ts';

/** Takes a client from the first store that has it, so that no registration can replace a client of an earlier store. */
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
