/** A load generator: calls the webapp as its argument says, and writes the outcome to stdout. */
import { Agent, get } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Latencies, Load, LoadOutcome } from './background-load.ts';
import { type Call, send } from './call.ts';
import { judge, type Kind } from './verdict.ts';

/** How many connections are made before the load begins; no more than may wait to be accepted. */
const OPENED = 256;

const { base, seconds, connections, rate } = JSON.parse(process.argv[2] ?? '') as Load;

const agent = new Agent({ keepAlive: true, maxFreeSockets: connections });
const pending = new Set<Promise<void>>();
const latencies: Record<Kind, number[]> = {
  served: [],
  denied: [],
  unavailable: [],
  unreachable: [],
  wrong: [],
  hung: [],
};
const wrong = new Set<string>();
let sent = 0;
let dropped = 0;

// Clients keep connections: a new one costs the service more than a refusal, and waits to be accepted.
await Promise.all(Array.from({ length: Math.min(connections, OPENED) }, open));
const lag = monitorEventLoopDelay({ resolution: 1 });
lag.enable();
const began = performance.now();
const elapsed = () => (performance.now() - began) / 1000;
if (rate === undefined) await Promise.all(Array.from({ length: connections }, callOnAndOn));
else await callAtRate(rate);
lag.disable();
await Promise.all(pending);

const outcome: LoadOutcome = {
  kinds: Object.fromEntries(
    Object.entries(latencies).map(([kind, values]) => [kind, summary(values)]),
  ) as Record<Kind, Latencies>,
  wrong: [...wrong].slice(0, 10),
  dropped,
  lagMs: lag.percentile(99) / 1e6,
};
process.stdout.write(JSON.stringify(outcome));
agent.destroy();

/** Makes a connection with a health probe, which is answered under any load. */
function open(): Promise<void> {
  return new Promise((resolve, reject) => {
    get(`${base}/health/live`, { agent }, (response) => response.resume().once('end', resolve)).once(
      'error',
      reject,
    );
  });
}

/** A closed loop: sends the next call when the last one is answered. */
async function callOnAndOn(): Promise<void> {
  while (elapsed() < seconds) await call();
}

/** An open loop: sends calls when they are due, whatever happened to earlier ones. */
async function callAtRate(perSecond: number): Promise<void> {
  while (elapsed() < seconds) {
    for (let due = elapsed() * perSecond - sent - dropped; due >= 1; due -= 1) {
      if (pending.size < connections) void call();
      else dropped += 1;
    }
    await sleep(1);
  }
}

function call(): Promise<void> {
  const next: Call = { to: 'webapp', endpoint: sent % 2 === 0 ? 'current_time' : 'epoch_time' };
  sent += 1;
  const ended = send(next, base, agent).then((result) => {
    const { kind, why } = judge(next, result);
    latencies[kind].push(result.ms);
    if (kind === 'wrong' || kind === 'unreachable') wrong.add(String(why));
    pending.delete(ended);
  });
  pending.add(ended);
  return ended;
}

function summary(values: number[]): Latencies {
  values.sort((one, other) => one - other);
  const quantile = (part: number) => values[Math.ceil(values.length * part) - 1] ?? 0;
  return { count: values.length, p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) };
}
