/** Client ids that are URLs of metadata documents (draft-ietf-oauth-client-id-metadata-document §3), and whose are taken. */

/** The longest such id, in characters, so that audit records have it whole. The draft recommends short ones. */
export const MAX_DOCUMENT_ID = 190;

/** Stands for all hosts among those that are taken. */
export const ANY_HOST = '*';

/** The document of a client id. */
export interface DocumentId {
  url: URL;
  /** The host that vouches for what the document says, with its port unless that is 443; in ASCII. */
  host: string;
}

/**
 * Reads a client id as the URL of a document; undefined when it is not one. It has to be in the one form that URL parsers give
 * it: ids are compared as texts, and two spellings of one document would be two clients. So it has a path, no dot
 * segments, no capitals in the host, and a name of another alphabet is in ASCII. A query is not taken (the draft
 * says that there should be none): addresses that say what their query says would vouch for anybody.
 */
export function documentId(clientId: string): DocumentId | undefined {
  if (!clientId.startsWith('https://') || clientId.length > MAX_DOCUMENT_ID) return undefined;
  const url = URL.parse(clientId);
  if (url === null || url.href !== clientId) return undefined;
  if (url.username !== '' || url.password !== '' || /[?#]/.test(clientId)) return undefined;
  return isName(url.hostname) ? { url, host: url.host } : undefined;
}

/** Whether a host is one of those that are taken. */
export function isTakenHost(host: string, taken: readonly string[]): boolean {
  return taken.includes(ANY_HOST) || taken.includes(host);
}

/** Whether a host is a name of the internet: an address vouches for nobody, and a name without a dot is of a network. */
function isName(hostname: string): boolean {
  return /^(?:[a-z0-9_-]+\.)+[a-z0-9-]*[a-z][a-z0-9-]*$/.test(hostname);
}
