/** Tells the caller what is wrong with a request, and where. */
import { Problem } from 'shared/http/problem.ts';
import type { z } from 'zod';

/** How many faults an answer names at most. */
const MAX_FAULTS = 20;

/**
 * A 400 that lists the faults that a schema found (`errors`, as in RFC 9457 §3). It repeats names from the request, but no
 * values.
 */
export function invalid(detail: string, error: z.ZodError, place: 'pointer' | 'parameter'): Problem {
  return faultyProblem(400, detail, error.issues.flatMap(faultsOf), place);
}

/** A fault, and where it is. */
interface Fault {
  path: PropertyKey[];
  message: string;
}

/** A problem that lists faults. */
export function faultyProblem(
  status: number,
  detail: string,
  faults: Fault[],
  place: 'pointer' | 'parameter' = 'pointer',
): Problem {
  const errors = faults.slice(0, MAX_FAULTS).map(({ path, message }) => ({
    [place]: place === 'pointer' ? pointerTo(path) : path.join('.'),
    detail: message,
  }));
  return new Problem(status, detail, { members: { errors } });
}

/** A JSON Pointer as a URI fragment (RFC 6901 §6). */
function pointerTo(path: PropertyKey[]): string {
  const tokens = path.map((step) => String(step).replaceAll('~', '~0').replaceAll('/', '~1'));
  return `#${tokens.map((token) => `/${encodeURIComponent(token.toWellFormed().slice(0, 100).toWellFormed())}`).join('')}`;
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
  return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'this member is not known here' }));
}
