/** The client store in memory, filled once at start. */
import type { ClientRegistration, ClientStore } from '../core/clients.ts';

export function memoryClients(clients: ClientRegistration[]): ClientStore {
  const byId = new Map(clients.map((client) => [client.client_id, client]));
  return {
    async find(clientId) {
      return byId.get(clientId);
    },
  };
}
