/** Limits audit records to a size and to characters that any store can keep, because anyone can influence their content. */
import type { AuditEntry } from './audit-log.ts';

/** The longest text, in characters. */
const TEXT = 200;

/** The longest details, in characters of JSON. */
const DETAILS = 4_000;

/** The same entry, with long texts cut off. Details that are still too long become `cut`. */
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

/** Cuts a text off, and replaces zero characters and halves of characters, which not every store can keep. */
function bounded<Text extends string | undefined>(text: Text): Text;
function bounded(text: string | undefined): string | undefined {
  return text?.slice(0, TEXT).toWellFormed().replaceAll('\0', '\uFFFD');
}
