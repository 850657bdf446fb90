/** Starts the processes that a benchmark measures, and reads their CPU time and memory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Clock ticks a second in /proc (sysconf(_SC_CLK_TCK)): 100 on every Linux that Node runs on. */
const TICKS = 100;

export interface Service {
  name: string;
  pid: number;
  url: string;
}

export interface Running {
  services: Service[];
  stop(): Promise<void>;
}

/** A process to start: a file of the project, its settings, and the path that answers when it is ready. */
export interface Program {
  name: string;
  file: string;
  environment: Record<string, string>;
  port: number;
  readyPath: string;
}

/** Starts programs and waits until all answer. Their logs go to a file, as an operator's do. */
export async function start(programs: Program[]): Promise<Running> {
  const children = programs.map(launch);
  await Promise.all(programs.map((program, index) => answers(program, children[index] as ChildProcess)));
  return {
    services: programs.map(({ name, port }, index) => ({
      name,
      pid: Number(children[index]?.pid),
      url: `http://127.0.0.1:${port}`,
    })),
    async stop() {
      await Promise.all(
        children.map(async (child) => {
          if (child.exitCode !== null) return;
          child.kill('SIGTERM');
          await once(child, 'exit');
        }),
      );
    },
  };
}

function launch({ name, file, environment }: Program): ChildProcess {
  const log = openSync(join(tmpdir(), `bench-${process.pid}-${name}.log`), 'a');
  return spawn(process.execPath, [fileURLToPath(new URL(`../${file}`, import.meta.url))], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', log, log],
  });
}

async function answers({ name, port, readyPath }: Program, child: ChildProcess): Promise<void> {
  // Stops when the process has ended, since another one may answer at the port.
  for (let tries = 0; tries < 400 && child.exitCode === null; tries += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}${readyPath}`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(25);
  }
  throw new Error(`${name} does not answer`);
}

/** The CPU time that a process has used, in seconds. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** The resident size of a process, in MiB. */
export function residentMiB(pid: number): number {
  const [, kib] = readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/) ?? [];
  return Number(kib) / 1024;
}
