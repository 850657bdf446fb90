/** The forms that the issuer and the hosts of the settings may have. */
import { ANY_HOST, documentId } from '../core/clients/document-ids.ts';

/** Whether the path of a URL is one that proxies, cookies and clients write in one way only. */
export function hasPlainPath(url: string): boolean {
  const path = url.replace(/^https?:\/\/[^/]*/i, '');
  return /^(?:\/[\w.~-]+)*\/?$/.test(path) && (path || '/') === URL.parse(url)?.pathname;
}

/** Whether a text is `host` or `host:port`, with a scheme in front or not. */
export function isHost(text: string): boolean {
  const [, host = ''] = /^(?:https?:\/\/)?([A-Za-z0-9._[\]:-]+)$/i.exec(text) ?? [];
  return host !== '' && URL.canParse(`https://${host}`);
}

/** Whether a text is a host as it is in the URL of a client's metadata document, or stands for all hosts. */
export function isDocumentHost(text: string): boolean {
  return text === ANY_HOST || documentId(`https://${text}/`)?.host === text;
}
