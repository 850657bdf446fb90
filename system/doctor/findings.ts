/** What checks find, for people and machines. */

/** How a check ended; `skip` when it was not possible. */
export type Result = 'ok' | 'warn' | 'fault' | 'skip';

/** The outcome of one check. */
export interface Finding {
  /** What was checked: a short name, which is the same in every run. */
  name: string;
  result: Result;
  /** What was seen. */
  detail: string;
  /** How to mend it. */
  mend?: string | undefined;
  /** The section of the standard that asks for it. */
  reference?: string | undefined;
}

/** A finding with its group. */
export interface Check extends Finding {
  group: string;
}

export function ok(name: string, detail: string, reference?: string): Finding {
  return { name, result: 'ok', detail, reference };
}

export function warn(name: string, detail: string, mend: string, reference?: string): Finding {
  return { name, result: 'warn', detail, mend, reference };
}

export function fault(name: string, detail: string, mend: string, reference?: string): Finding {
  return { name, result: 'fault', detail, mend, reference };
}

export function skip(name: string, because: string, reference?: string): Finding {
  return { name, result: 'skip', detail: `not checked, because ${because}`, reference };
}

/** Makes foreign text fit for a terminal: short, and without control characters. */
export function shown(said: unknown): string {
  return String(said)
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .slice(0, 120);
}
