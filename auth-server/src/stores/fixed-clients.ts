/** The client store in memory, filled once at start. */
import type { ClientRegistration, ClientStore } from '../core/clients/client-registration.ts';

/** A store of these clients. If two share an id, the later one is kept. */
export function memoryClients(clients: ClientRegistration[]): ClientStore {
  const byId = new Map(clients.map((client) => [client.client_id, client]));
  return {
    async find(clientId) {
      return byId.get(clientId);
    },
  };
}
