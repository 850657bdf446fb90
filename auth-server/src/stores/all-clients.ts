/** The clients of a store, and those that registered themselves (RFC 7591), which are artifacts. */

import type { ClientRegistration, ClientStore } from '../core/clients/client-registration.ts';
import type { ArtifactStore } from '../core/grants/artifact-store.ts';

/** The store's come first: nobody can register over them. */
export function allClients(store: ClientStore, artifacts: ArtifactStore): ClientStore {
  return {
    async find(clientId) {
      const registered = async () => (await artifacts.find('Client', clientId)) as unknown;
      return (await store.find(clientId)) ?? ((await registered()) as ClientRegistration | undefined);
    },
  };
}

/** Several stores as one: a client is the first one's that has it. */
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
