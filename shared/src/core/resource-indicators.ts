/** Resource indicators (RFC 8707 §2), which name APIs: when two of them are one. */

/** Whether two indicators name one API: the same URL once both are normalised, as `https://api.example` and `https://API.example:443/`. */
export function sameResource(one: string, other: string): boolean {
  if (one === other) return true;
  const normalised = URL.parse(one)?.href;
  return normalised !== undefined && normalised === URL.parse(other)?.href;
}
