/** What clients may say of themselves in words, which users and administrators read. */
import { isDisplayName, isEmailAddress } from '../users/profile-rules.ts';

/** The most contacts of a client. */
export const MAX_CONTACTS = 20;

/** The faults of a client's name and contacts (RFC 7591 §2). */
export function nameFaults({ client_name, contacts }: Record<string, unknown>): string[] {
  const faults: string[] = [];
  if (typeof client_name === 'string' && !isDisplayName(client_name))
    faults.push('client_name must be 1 to 200 characters that can be seen');
  if (!Array.isArray(contacts)) return faults;
  if (contacts.length > MAX_CONTACTS) faults.push(`contacts must have ${MAX_CONTACTS} entries at most`);
  if (contacts.some((contact) => typeof contact === 'string' && !isEmailAddress(contact)))
    faults.push('contacts must be email addresses');
  return faults;
}
