/** Writes challenges for clients without a usable token (RFC 6750 §3, RFC 9449 §7.1). */
import type { Scheme } from './bearer-token.ts';

/** One challenge of a `WWW-Authenticate` header. Several are joined by commas. */
export function challenge(scheme: Scheme, parameters: Record<string, string>): string {
  const written = Object.entries(parameters).map(([name, value]) => `${name}="${printable(value)}"`);
  return `${scheme} ${written.join(', ')}`;
}

/** Replaces each character that a parameter may not contain (RFC 6750 §3) by an apostrophe. */
function printable(value: string): string {
  return value.replace(/[^\x20-\x7e]|["\\]/g, "'");
}
