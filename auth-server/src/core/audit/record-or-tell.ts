/** Records what has been done, and tells of it where it cannot be recorded. */
import type { AuditEntry, AuditLog } from './audit-log.ts';

/**
 * Returns how to record entries about acts that have been done. When they cannot be recorded, they are handed to `lost`,
 * because they must not go unnoticed, and it rejects with the outage.
 */
export function recordOrTell(
  audit: Pick<AuditLog, 'record'>,
  lost: (entries: AuditEntry[]) => void,
): AuditLog['record'] {
  return async function record(...entries) {
    try {
      await audit.record(...entries);
    } catch (error) {
      lost(entries);
      throw error;
    }
  };
}
