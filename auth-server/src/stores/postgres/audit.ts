/** The audit log in PostgreSQL. The database itself refuses to change or remove records. */
import { type Selectable, sql } from 'kysely';
import { boundedEntry } from '../../core/audit/audit-bounds.ts';
import type { AuditAction, AuditEntry, AuditLog, AuditRecord } from '../../core/audit/audit-log.ts';
import type { Database } from './database.ts';
import type { AuditLogTable } from './schema.ts';
import { noUnit, type UnitHooks } from './units/transactions.ts';

/**
 * Times are taken from the clock of the database, because the clocks of replicas may differ.
 *
 * @param units a record is kept whatever becomes of the request that writes it
 */
export function postgresAudit(
  database: Database,
  { lasting }: Pick<UnitHooks, 'lasting'> = noUnit,
): AuditLog {
  return {
    async record(...entries) {
      if (entries.length === 0) return;
      const rows = entries.map((entry) => rowOf(boundedEntry(entry)));
      await lasting(() => database.insertInto('audit_log').values(rows).execute());
    },
    async list(before, limit) {
      const page = database
        .selectFrom('audit_log')
        .selectAll()
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit);
      // By the row itself, whose time is more precise in the database than here.
      const after = sql<boolean>`(at, id) < (select at, id from audit_log where id = ${before})`;
      const rows = await (before === undefined ? page : page.where(after)).execute();
      return rows.map(recordOf);
    },
  };
}

function rowOf({ action, actor, subject, details, address, requestId, ageMs = 0 }: AuditEntry) {
  return {
    at: sql<Date>`now() - make_interval(secs => ${ageMs / 1_000})`,
    action,
    actor_user: actor?.user ?? null,
    actor_client: actor?.client ?? null,
    subject: subject ?? null,
    details: details === undefined ? null : JSON.stringify(details),
    address: address ?? null,
    request_id: requestId ?? null,
  };
}

function recordOf(row: Selectable<AuditLogTable>): AuditRecord {
  const user = row.actor_user ?? undefined;
  const client = row.actor_client ?? undefined;
  return {
    id: row.id,
    at: row.at,
    // A newer version may record actions that this one does not know.
    action: row.action as AuditAction,
    actor: user === undefined && client === undefined ? undefined : { user, client },
    subject: row.subject ?? undefined,
    ...(row.details && { details: row.details }),
    address: row.address ?? undefined,
    requestId: row.request_id ?? undefined,
  };
}
