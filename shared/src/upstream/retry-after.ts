/** Reads `Retry-After` (RFC 9110 §10.2.3). */

/** How long to wait, in seconds. The header holds seconds or a date; undefined when it holds neither. */
export function retryAfterS(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1_000));
}
