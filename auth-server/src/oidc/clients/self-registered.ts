/** The clients that registered themselves (RFC 7591), which the library keeps as artifacts. */
import type {
  ClientRegistration,
  ClientStore,
  IsSelfRegistered,
} from '../../core/clients/client-registration.ts';
import type { ArtifactStore } from '../../core/grants/artifact-store.ts';
import { strangers } from './strangers.ts';

/** Those clients as a store of clients. */
export function selfRegistered(artifacts: ArtifactStore): ClientStore {
  return {
    async find(clientId) {
      const registered: unknown = await artifacts.find('Client', clientId);
      return registered as ClientRegistration | undefined;
    },
  };
}

/** Asks the stores, which have to be asked each time: a client may be deleted. */
export function selfRegistration(artifacts: ArtifactStore): IsSelfRegistered {
  const stores = [selfRegistered(artifacts), strangers(artifacts)];
  return async (clientId) => {
    for (const store of stores) if ((await store.find(clientId)) !== undefined) return true;
    return false;
  };
}
