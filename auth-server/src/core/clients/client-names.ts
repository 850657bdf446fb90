/** Rules for the names and contacts of clients, which users and administrators read. */
import { isDisplayName, isEmailAddress } from '../users/profile-rules.ts';

/** How many contacts a client may have. */
export const MAX_CONTACTS = 20;

/** The faults of a client's name and contacts (RFC 7591 §2). */
export function nameFaults({ client_name, contacts }: Record<string, unknown>): string[] {
  const faults: string[] = [];
  if (typeof client_name === 'string' && !isDisplayName(client_name))
    faults.push('client_name must have 1 to 200 visible characters');
  if (!Array.isArray(contacts)) return faults;
  if (contacts.length > MAX_CONTACTS) faults.push(`contacts must have at most ${MAX_CONTACTS} entries`);
  if (contacts.some((contact) => typeof contact === 'string' && !isEmailAddress(contact)))
    faults.push('contacts must be email addresses');
  return faults;
}
