/** A reason not to start that an operator can mend: told in plain lines, never as a stack trace. */
export class StartupFault extends Error {
  /** One sentence a fault. */
  readonly faults: string[];

  constructor(faults: string[]) {
    super(faults.join('\n'));
    this.name = 'StartupFault';
    this.faults = faults;
  }
}

/** Ends the process with the faults of `name` on stderr, one a line. Any other error is thrown again. */
export function exitWithFaults(name: string, error: unknown): never {
  if (!(error instanceof StartupFault)) throw error;
  process.stderr.write(error.faults.map((fault) => `${name}: ${fault}\n`).join(''));
  process.exit(1);
}
