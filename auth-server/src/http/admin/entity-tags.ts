/** Entity tags (RFC 9110 §8.8.3) from versions, so that nobody overwrites a change that they have not seen. */
import { Problem } from 'shared/http/problem.ts';

/** The highest version that there can be: the database counts with 32 bits. */
const MAX_VERSION = 2 ** 31 - 1;

/** The tag of a version. */
export function entityTag(version: number): string {
  return `"${version}"`;
}

/** One entity tag of a list, and what separates it from the next one (RFC 9110 §5.6.1, §8.8.3). */
const LISTED = /^[\t ,]*(?<tag>(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[\t ]*(?:,[\t ,]*|$)/;

/**
 * The version that the caller has seen (RFC 9110 §13.1.1). Of several it is the newest: versions only grow, so none but that
 * can still be the one that there is.
 *
 * @param ifMatch the header, which may be a list; empty when there is none
 * @throws {Problem} 428 when it names no version, 412 when none of them can be ours
 */
export function seenVersion(ifMatch: string): number {
  // `*` matches any version, also one that the caller has not seen.
  if (ifMatch === '' || ifMatch === '*') {
    throw new Problem(428, 'Send If-Match with the ETag of the version that you have seen.');
  }
  const versions = tagsOf(ifMatch)
    .map((tag) => Number(/^"(\d{1,15})"$/.exec(tag)?.[1]))
    .filter((version) => version <= MAX_VERSION);
  if (versions.length === 0) throw stale();
  return Math.max(...versions);
}

/** The tags of a list; none when it is malformed. */
function tagsOf(list: string): string[] {
  const tags: string[] = [];
  for (let rest = list; rest !== ''; ) {
    const [listed, tag] = LISTED.exec(rest) ?? [];
    if (listed === undefined || tag === undefined) return [];
    tags.push(tag);
    rest = rest.slice(listed.length);
  }
  return tags;
}

/** The answer to a change that is based on an old version. */
export function stale(): Problem {
  return new Problem(
    412,
    'This has changed since you saw it. Get it again and check whether your change still fits.',
  );
}
