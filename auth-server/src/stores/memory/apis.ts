/** APIs that administrators define, in memory: of one process, and forgotten at its end. */
import type { ApiRegistry, RegisteredApi } from '../../core/apis/api-registry.ts';

export function memoryApis(): ApiRegistry {
  const apis = new Map<string, RegisteredApi>();
  let edition = 0;

  return {
    async find(id) {
      return structuredClone(apis.get(id));
    },
    async create({ id, definition }) {
      if (apis.has(id)) return { ok: false, refusal: 'taken' };
      const now = new Date();
      return { ok: true, value: stored({ id, definition, createdAt: now, updatedAt: now, version: 1 }) };
    },
    async update(id, version, definition) {
      const known = apis.get(id);
      if (known?.version !== version) return { ok: false, refusal: known ? 'stale' : 'unknown' };
      return {
        ok: true,
        value: stored({ ...known, definition, updatedAt: new Date(), version: version + 1 }),
      };
    },
    async delete(id, version) {
      const known = apis.get(id);
      if (known?.version !== version) return { ok: false, refusal: known ? 'stale' : 'unknown' };
      apis.delete(id);
      edition += 1;
      return { ok: true, value: undefined };
    },
    async all() {
      const inOrder = [...apis.values()].sort((a, b) =>
        a.definition.resource < b.definition.resource ? -1 : 1,
      );
      return structuredClone(inOrder);
    },
    async edition() {
      return String(edition);
    },
  };

  function stored(api: RegisteredApi): RegisteredApi {
    apis.set(api.id, structuredClone(api));
    edition += 1;
    return structuredClone(api);
  }
}
