/** Entity tags (RFC 9110 §8.8.3) from versions, so that nobody overwrites a change that they have not seen. */
import { Problem } from 'shared/http/problem.ts';

/** The highest version that there can be: the database counts with 32 bits. */
const MAX_VERSION = 2 ** 31 - 1;

/** The tag of a version. */
export function entityTag(version: number): string {
  return `"${version}"`;
}

/**
 * The version that the caller has seen (RFC 9110 §13.1.1).
 *
 * @param ifMatch the header; empty when there is none
 * @throws {Problem} 428 when it names no version, 412 when it names one that cannot be ours
 */
export function seenVersion(ifMatch: string): number {
  // `*` matches any version, also one that the caller has not seen.
  if (ifMatch === '' || ifMatch === '*') {
    throw new Problem(428, 'Send If-Match with the ETag of the version that you have seen.');
  }
  const [, version] = ifMatch.match(/^"(\d{1,15})"$/) ?? [];
  if (version === undefined || Number(version) > MAX_VERSION) throw stale();
  return Number(version);
}

/** The answer to a change that is based on an old version. */
export function stale(): Problem {
  return new Problem(
    412,
    'This has changed since you saw it. Get it again and check whether your change still fits.',
  );
}
