/** Tells http and https URLs from anything else. */

/** Parses an http or https URL; undefined for anything else. */
export function httpUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  return url && /^https?:$/.test(url.protocol) ? url : undefined;
}
