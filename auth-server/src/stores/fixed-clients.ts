/** The client store in memory, filled at start, and again whenever the operator's file is read again. */
import type { ClientRegistration, ClientStore } from '../core/clients/client-registration.ts';

/** A store whose clients only the operator changes, all at once. */
export interface FixedClients extends ClientStore {
  replace(clients: ClientRegistration[]): void;
}

/** A store of these clients. If two share an id, the later one is kept. */
export function memoryClients(clients: ClientRegistration[] = []): FixedClients {
  let byId = indexed(clients);
  return {
    async find(clientId) {
      return byId.get(clientId);
    },
    replace(others) {
      byId = indexed(others);
    },
  };
}

function indexed(clients: ClientRegistration[]): Map<string, ClientRegistration> {
  return new Map(clients.map((client) => [client.client_id, client]));
}
