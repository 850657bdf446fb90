/** What is said of a member that a definition cannot have. */
import { nearMiss } from 'shared/config/near-misses.ts';

/** The fault of a member, with the known one that was probably meant. */
export function notAMember(name: string, known: string[]): string {
  const meant = nearMiss(name, known);
  return meant === undefined ? 'is not a member' : `is not a member; did you mean ${meant}?`;
}
