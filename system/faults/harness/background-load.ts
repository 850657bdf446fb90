/** Puts load on the webapp from a process of its own, and reports the outcome. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Kind } from './verdict.ts';

export interface Load {
  /** Where the webapp is. */
  base: string;
  seconds: number;
  /** The most calls that may be under way at a time. */
  connections: number;
  /** Calls a second, whether or not answers come; as many as possible when left out. */
  rate?: number;
}

/** How long answers of a kind took, in milliseconds. */
export interface Latencies {
  count: number;
  p50: number;
  p99: number;
  max: number;
}

export interface LoadOutcome {
  kinds: Record<Kind, Latencies>;
  /** Examples of wrong answers. */
  wrong: string[];
  /** Calls that were due and not sent because too many were under way. */
  dropped: number;
  /** How late the generator itself was, at its 99th percentile, in milliseconds. */
  lagMs: number;
}

/** Runs a load to its end. */
export async function run(load: Load): Promise<LoadOutcome> {
  const generator = fileURLToPath(new URL('./generator.ts', import.meta.url));
  const child = spawn(process.execPath, [generator, JSON.stringify(load)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: (load.seconds + 10) * 1_000,
    killSignal: 'SIGKILL',
  });
  const [output, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (exitCode !== 0) throw new Error(`the load generator ended with ${exitCode}`);
  return JSON.parse(output) as LoadOutcome;
}
