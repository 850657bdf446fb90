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
      if (everUsed.has(clientId)) return { ok: false, refusal: 'taken' };
      everUsed.add(clientId);
      const now = new Date();
      const client = { clientId, metadata, secrets, createdAt: now, updatedAt: now, version: 1 };
      return { ok: true, value: stored(client) };
    },
    async update(clientId, version, changes) {
      const known = clients.get(clientId);
      if (known?.version !== version) return { ok: false, refusal: known ? 'stale' : 'unknown' };
      const client = { ...known, ...changes, updatedAt: new Date(), version: version + 1 };
      return { ok: true, value: stored(client) };
    },
    async delete(clientId, version) {
      const known = clients.get(clientId);
      if (known?.version !== version) return { ok: false, refusal: known ? 'stale' : 'unknown' };
      clients.delete(clientId);
      return { ok: true, value: undefined };
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
