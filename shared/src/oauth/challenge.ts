/** Challenges to those whose token will not do (RFC 6750 §3, RFC 9449 §7.1). */
import type { Scheme } from './bearer-token.ts';

/** The value of a `WWW-Authenticate` header, or one of several that a comma divides. */
export function challenge(scheme: Scheme, parameters: Record<string, string>): string {
  const written = Object.entries(parameters).map(([name, value]) => `${name}="${printable(value)}"`);
  return `${scheme} ${written.join(', ')}`;
}

/** With an apostrophe for each character that a parameter may not have (RFC 6750 §3). */
function printable(value: string): string {
  return value.replace(/[^\x20-\x7e]|["\\]/g, "'");
}
