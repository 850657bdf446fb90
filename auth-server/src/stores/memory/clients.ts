/** Registered clients in memory: of one process, and forgotten at its end. */
import type { ClientRegistry, RegisteredClient } from '../../core/clients/client-registry.ts';

export function memoryClientRegistry(): ClientRegistry {
  const clients = new Map<string, RegisteredClient>();
  const everUsed = new Set<string>();

  return {
    async find(clientId) {
      return structuredClone(clients.get(clientId));
    },
    async create({ clientId, metadata, secrets }) {
      if (everUsed.has(clientId)) return 'taken';
      everUsed.add(clientId);
      const now = new Date();
      return stored({ clientId, metadata, secrets, createdAt: now, updatedAt: now, version: 1 });
    },
    async update(clientId, version, changes) {
      const known = clients.get(clientId);
      if (known?.version !== version) return known && 'stale';
      return stored({ ...known, ...changes, updatedAt: new Date(), version: version + 1 });
    },
    async delete(clientId, version) {
      const known = clients.get(clientId);
      if (known?.version !== version) return known && 'stale';
      clients.delete(clientId);
      return 'deleted';
    },
    async list(after, limit) {
      const inOrder = [...clients.values()].sort((a, b) => (a.clientId < b.clientId ? -1 : 1));
      const rest = inOrder.filter(({ clientId }) => after === undefined || clientId > after);
      return structuredClone(rest.slice(0, limit));
    },
  };

  function stored(client: RegisteredClient): RegisteredClient {
    clients.set(client.clientId, structuredClone(client));
    return structuredClone(client);
  }
}
