/** Entity tags (RFC 9110 §8.8.3) from versions, so that nobody overwrites what they have not seen. */
import { Problem } from 'shared/http/problem.ts';

/** The tag of a version. */
export function entityTag(version: number): string {
  return `"${version}"`;
}

/**
 * The version that the caller has seen (RFC 9110 §13.1.1).
 *
 * @param ifMatch the header; empty when there is none
 * @throws {Problem} 428 when it names no version, 412 when it names none of ours
 */
export function seenVersion(ifMatch: string): number {
  // `*` is whatever there is now, which the caller need not have seen.
  if (ifMatch === '' || ifMatch === '*') {
    throw new Problem(428, 'Send If-Match with the ETag of what you have seen.');
  }
  const [, version] = ifMatch.match(/^"(\d{1,15})"$/) ?? [];
  if (version === undefined) throw stale();
  return Number(version);
}

/** The answer to a change of what has changed since. */
export function stale(): Problem {
  return new Problem(412, 'This has changed since. Get it again, and see whether your change still fits.');
}
