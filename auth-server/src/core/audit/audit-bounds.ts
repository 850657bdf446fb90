/** Keeps records of the audit log to a size, and to what any store can keep: much of them comes from anyone. */
import type { AuditEntry } from './audit-log.ts';

/** The most of a text, in characters. */
const TEXT = 200;

/** The most of all details, in characters of JSON. */
const DETAILS = 4_000;

/** The same entry, with what is too long cut off. */
export function boundedEntry<Entry extends AuditEntry>(entry: Entry): Entry {
  const { actor, subject, details, address, requestId } = entry;
  return {
    ...entry,
    actor: actor && { user: bounded(actor.user), client: bounded(actor.client) },
    subject: bounded(subject),
    address: bounded(address),
    requestId: bounded(requestId),
    ...(details && { details: boundedDetails(details) }),
  };
}

function boundedDetails(details: NonNullable<AuditEntry['details']>): NonNullable<AuditEntry['details']> {
  const short = Object.entries(details).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(bounded) : typeof value === 'string' ? bounded(value) : value,
  ]);
  return JSON.stringify(short).length > DETAILS ? { cut: true } : Object.fromEntries(short);
}

/** Without zeros and halves of characters, which not every store can keep. */
function bounded<Text extends string | undefined>(text: Text): Text;
function bounded(text: string | undefined): string | undefined {
  return text?.slice(0, TEXT).toWellFormed().replaceAll('\0', '\uFFFD');
}
