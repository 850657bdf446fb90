/** The audit log in memory: the newest records of one process, forgotten at its end. */

import { boundedEntry } from '../../core/audit/audit-bounds.ts';
import type { AuditLog, AuditRecord } from '../../core/audit/audit-log.ts';

/** @param most how many records are kept; the oldest go first */
export function memoryAudit(most = 10_000): AuditLog {
  const records: AuditRecord[] = [];
  let lastId = 0;

  return {
    async record(...entries) {
      for (const { ageMs = 0, ...entry } of entries) {
        lastId += 1;
        const at = new Date(Date.now() - ageMs);
        records.push(structuredClone({ ...boundedEntry(entry), id: String(lastId), at }));
      }
      records.splice(0, records.length - most);
    },
    async list(before, limit) {
      const older = records.filter(({ id }) => before === undefined || Number(id) < Number(before));
      return structuredClone(older.reverse().slice(0, limit));
    },
  };
}
