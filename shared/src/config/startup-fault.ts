/** A fault at start that the operator can mend: told in plain lines, never as a stack trace. */
export class StartupFault extends Error {
  /** One sentence for each fault. */
  readonly faults: string[];

  constructor(faults: string[]) {
    super(faults.join('\n'));
    this.name = 'StartupFault';
    this.faults = faults;
  }
}

/** Writes the faults of `name` to stderr, one a line, and ends the process. Throws any other error again. */
export function exitWithFaults(name: string, error: unknown, exitCode = 1): never {
  if (!(error instanceof StartupFault)) throw error;
  process.stderr.write(error.faults.map((fault) => `${name}: ${fault}\n`).join(''));
  process.exit(exitCode);
}
