/** One service as a real process, which can be killed, paused, and started again on its port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { NODE_OPTIONS } from '../../start/node-options.ts';

export type ServiceName = 'auth-server' | 'resource-server' | 'webapp';

export interface Program {
  name: ServiceName;
  port: number;
  /** Its whole environment besides the port. */
  environment: Record<string, string>;
  /** The file for its log and its stderr. */
  logFile: string;
  /** A descriptor to write the log to, instead of the file. */
  stdout?: number;
}

/** How long a service may take until it listens, or until it is gone, in milliseconds. */
const LIMIT_MS = 12_000;

export interface LogLine {
  event?: string;
  [field: string]: unknown;
}

/** The running services, which are killed when this process exits. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A service that may be running or not. */
export class Service {
  readonly name: ServiceName;
  readonly url: string;
  readonly #program: Program;
  #child: ChildProcess | undefined;

  constructor(program: Program) {
    this.name = program.name;
    this.url = `http://127.0.0.1:${program.port}`;
    this.#program = program;
  }

  /** The process that runs. */
  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error(`${this.name} is not running`);
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Starts it, and resolves when it listens. */
  async start(): Promise<void> {
    const { name, port, environment, logFile, stdout } = this.#program;
    const log = openSync(logFile, 'a');
    const main = fileURLToPath(new URL(`../../../${name}/src/main.ts`, import.meta.url));
    const child = spawn(process.execPath, [main], {
      env: { PATH: process.env.PATH, NODE_OPTIONS, ...environment, PORT: String(port) },
      // Over the ipc channel a service says that it listens.
      stdio: ['ignore', stdout ?? log, log, 'ipc'],
    });
    closeSync(log);
    this.#child = child;
    running.add(child);
    const ended = once(child, 'exit').then(([code, signal]) => {
      running.delete(child);
      if (this.#child === child) this.#child = undefined;
      throw new Error(`${name} ended with ${code ?? signal}: ${readFileSync(logFile, 'utf8').slice(-2_000)}`);
    });
    // An end after that is expected.
    ended.catch(() => {});
    await Promise.race([once(child, 'message'), ended, tooLate(`${name} does not listen`)]);
  }

  /** Ends it with SIGKILL, which a paused process obeys too; resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /**
   * Asks it to stop with SIGTERM; resolves with the exit code.
   *
   * @throws when it does not stop in time
   */
  stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** Pauses the process: its connections stay open, and nothing answers. */
  pause(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** The log so far, when it goes to the file. */
  log(): LogLine[] {
    return this.#written((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine);
  }

  /** What it wrote besides its log. */
  complaints(): string[] {
    return this.#written((line) => line !== '' && !line.startsWith('{'));
  }

  #written(matches: (line: string) => boolean): string[] {
    return readFileSync(this.#program.logFile, 'utf8').split('\n').slice(0, -1).filter(matches);
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined) return null;
    const exit = once(child, 'exit');
    child.kill(signal);
    const [code] = await Promise.race([exit, tooLate(`${this.name} does not end`)]);
    return code as number | null;
  }
}

async function tooLate(what: string): Promise<never> {
  await sleep(LIMIT_MS, undefined, { ref: false });
  throw new Error(`${what} within ${LIMIT_MS} ms`);
}
