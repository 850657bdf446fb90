/** What the table shows of a run. */
import { appendFileSync } from 'node:fs';
import { inject } from 'vitest';

/** One line of the table. */
export interface Row {
  name: string;
  calls: number;
  served: number;
  /** Calls with a token that is no good, refused as they should be. */
  denied: number;
  unavailable: number;
  unreachable: number;
  wrong: number;
  hung: number;
  slowestMs: number;
  /** From the fault's end to the first call from which on all is well; left out where a fault has no end. */
  recoveredMs?: number | 'never';
  note?: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** The file that collects the rows, one JSON object a line. */
    rows: string;
  }
}

/** Adds a line to the table, at once: a test that fails later has its line too. */
export function record(row: Row): void {
  appendFileSync(inject('rows'), `${JSON.stringify(row)}\n`);
}
