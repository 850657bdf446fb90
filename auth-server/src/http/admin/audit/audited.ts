/** Records who administers what, before they are answered. */
import type { Logger } from 'shared/telemetry/logger.ts';
import { requestId } from 'shared/telemetry/request-context.ts';
import type { Actor } from '../../../core/admin/admin-authorization.ts';
import type { AuditEvent, AuditLog } from '../../../core/audit/audit-log.ts';

/** Who does something, and from where. */
export interface Origin {
  actor: Actor;
  address: string | undefined;
}

export type RecordAct = (origin: Origin, act: Omit<AuditEvent, 'actor'>) => Promise<void>;

/** What cannot be recorded is logged, and the caller is told of the outage: the act is done, and must not be unknown. */
export function actRecorder(audit: AuditLog, log: Logger): RecordAct {
  return async function recordAct({ actor: { client, user }, address }, act) {
    const entry = { ...act, actor: { client, user }, address, requestId: requestId() };
    try {
      await audit.record(entry);
    } catch (error) {
      log.error({ event: 'audit.lost', entry }, 'an administrative act could not be recorded');
      throw error;
    }
  };
}
