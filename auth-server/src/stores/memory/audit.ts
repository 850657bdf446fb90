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
      // Some were recorded later than others that happened after them.
      records.sort(byTime);
      records.splice(0, records.length - most);
    },
    async list(before, limit) {
      const last = records.findIndex(({ id }) => id === before);
      // One that was dropped was among the oldest.
      const older = before === undefined ? records : records.slice(0, Math.max(0, last));
      return structuredClone(older.toReversed().slice(0, limit));
    },
  };
}

function byTime(one: AuditRecord, other: AuditRecord): number {
  return one.at.getTime() - other.at.getTime() || Number(one.id) - Number(other.id);
}
