/** How long a fetched document is kept (RFC 9111 §4.2), within the bounds of this server. */

/** The bounds, in seconds: every sign-in asks for the document several times, and what has changed must not be missed for long. */
export const FRESH_S = { least: 30, most: 3_600 };

/** How long it is kept whose answer does not say, in seconds. */
const UNSAID_S = 300;

/**
 * In seconds.
 *
 * @param headers of the answer, by their names in lower case
 * @param now in milliseconds since the epoch
 */
export function freshFor(headers: Record<string, string>, now: number): number {
  return Math.min(Math.max(said(headers, now), FRESH_S.least), FRESH_S.most);
}

function said(headers: Record<string, string>, now: number): number {
  const { 'cache-control': control = '', expires, date, age } = headers;
  if (/(?:^|[\s,])no-(?:store|cache)\b/i.test(control)) return 0;
  const maxAge = /(?:^|[\s,])max-age\s*=\s*"?(\d+)/i.exec(control)?.[1];
  if (maxAge !== undefined) return Number(maxAge) - (Number(age) || 0);
  if (expires === undefined) return UNSAID_S;
  // What is no date has expired (§5.3).
  return ((Date.parse(expires) || 0) - (Date.parse(date ?? '') || now)) / 1_000;
}
