/** Records administrative acts, before the caller is answered. */
import type { Logger } from 'shared/telemetry/logger.ts';
import { requestId } from 'shared/telemetry/request-context.ts';
import type { Actor } from '../../../core/admin/admin-authorization.ts';
import type { AuditEvent, AuditLog } from '../../../core/audit/audit-log.ts';
import { recordOrTell } from '../../../core/audit/record-or-tell.ts';

/** Who acts, and from where. */
export interface Origin {
  actor: Actor;
  address: string | undefined;
}

/** Records an act. Rejects when it cannot be recorded. */
export type RecordAct = (origin: Origin, act: Omit<AuditEvent, 'actor'>) => Promise<void>;

/**
 * Records acts in the audit log. An act that cannot be recorded is logged, because it has been done and must not go
 * unnoticed, and the caller is told of the outage.
 */
export function actRecorder(audit: AuditLog, log: Logger): RecordAct {
  const record = recordOrTell(audit, (entries) =>
    log.error({ event: 'audit.lost', entries }, 'an administrative act could not be recorded'),
  );
  return function recordAct({ actor: { client, user }, address }, act) {
    return record({ ...act, actor: { client, user }, address, requestId: requestId() });
  };
}
