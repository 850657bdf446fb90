/** The clients of a store, and those that registered themselves (RFC 7591), which are artifacts. */
import type { ArtifactStore } from '../core/artifact-store.ts';
import type { ClientRegistration, ClientStore } from '../core/clients.ts';

/** The store's come first: nobody can register over them. */
export function allClients(store: ClientStore, artifacts: ArtifactStore): ClientStore {
  return {
    async find(clientId) {
      const registered = async () => (await artifacts.find('Client', clientId)) as unknown;
      return (await store.find(clientId)) ?? ((await registered()) as ClientRegistration | undefined);
    },
  };
}
