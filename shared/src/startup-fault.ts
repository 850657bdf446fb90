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
