/** The clients that registered themselves (RFC 7591), which the library keeps as artifacts. */
import type { ClientRegistration, ClientStore } from '../../core/clients/client-registration.ts';
import type { ArtifactStore } from '../../core/grants/artifact-store.ts';

/** Those clients as a store of clients. */
export function selfRegistered(artifacts: ArtifactStore): ClientStore {
  return {
    async find(clientId) {
      const registered: unknown = await artifacts.find('Client', clientId);
      return registered as ClientRegistration | undefined;
    },
  };
}

/** Tells the clients that registered themselves from those of the operator. */
export type IsSelfRegistered = (clientId: string) => Promise<boolean>;

/** Asks the store, which has to be asked each time: a client may be deleted. */
export function selfRegistration(artifacts: ArtifactStore): IsSelfRegistered {
  const store = selfRegistered(artifacts);
  return async (clientId) => (await store.find(clientId)) !== undefined;
}
