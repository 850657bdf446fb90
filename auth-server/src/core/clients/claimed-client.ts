/** What the pages say of a client that nobody has registered: what its metadata document says, and who vouches for it. */
import { randomUUID } from 'node:crypto';
import { documentId } from './document-ids.ts';

/** What a document says of its client, for which nobody but the host answers. */
export interface Claimed {
  /** In ASCII, so that no letter looks like another. */
  host: string;
  name: string | undefined;
}

/** The member that marks such a client. Nobody can register it. */
export const FROM_DOCUMENT = 'from_metadata_document';

/** Its value, which nobody knows. */
export const DOCUMENT_MARK = randomUUID();

/** What a client's document says; undefined for a registered client. */
export function claimedBy(client: {
  clientId: string;
  clientName?: string | undefined;
  [member: string]: unknown;
}): Claimed | undefined {
  if (client[FROM_DOCUMENT] !== DOCUMENT_MARK) return undefined;
  return { host: documentId(client.clientId)?.host ?? client.clientId, name: client.clientName };
}
