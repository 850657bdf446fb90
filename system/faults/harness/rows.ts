/** The rows of the table of runs. */
import { appendFileSync } from 'node:fs';
import { inject } from 'vitest';

/** One line of the table. */
export interface Row {
  name: string;
  calls: number;
  served: number;
  /** Calls with a bad token that were refused, as they should be. */
  denied: number;
  unavailable: number;
  unreachable: number;
  wrong: number;
  hung: number;
  slowestMs: number;
  /** From the end of the fault to the first call after which all succeed; left out for a fault without an end. */
  recoveredMs?: number | 'never';
  note?: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** The file that collects the rows, one JSON object a line. */
    rows: string;
  }
}

/** Adds a row to the table at once, so that a test that fails later has its row too. */
export function record(row: Row): void {
  appendFileSync(inject('rows'), `${JSON.stringify(row)}\n`);
}
