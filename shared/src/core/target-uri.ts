/** Compares the target URI in a DPoP proof with that of its request (RFC 9449 §4.3, check 9). */
import { httpUrl } from './http-url.ts';

/** Whether two http URIs are the same target. */
export function sameTarget(one: string, other: string): boolean {
  const target = targetUri(one);
  return target !== undefined && target === targetUri(other);
}

/** An http URI, normalised and without query and fragment (RFC 3986 §6.2.2, §6.2.3); undefined for anything else. */
function targetUri(uri: string): string | undefined {
  const url = httpUrl(uri);
  if (url === undefined || url.username !== '' || url.password !== '') return undefined;
  // The URL class does the rest of RFC 3986 §6.2.2, but leaves percent-encoding as it is written.
  return url.origin + url.pathname.replace(/%[0-9A-Fa-f]{2}/g, normalisedOctet);
}

/** RFC 3986 §6.2.2.1 and §6.2.2.2: writes hexadecimal digits in upper case, and decodes unreserved characters. */
function normalisedOctet(octet: string): string {
  const character = String.fromCharCode(Number.parseInt(octet.slice(1), 16));
  return /[A-Za-z0-9._~-]/.test(character) ? character : octet.toUpperCase();
}
