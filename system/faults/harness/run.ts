/** Runs a fault: calls flow, something breaks, and is mended. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Judged } from './flow.ts';
import { startFlow } from './flow.ts';
import type { System } from './linked-system.ts';
import { type Row, record } from './rows.ts';
import type { ServiceName } from './service.ts';
import type { Kind } from './verdict.ts';

/** How long calls flow before the fault, in milliseconds. */
const BEFORE_MS = 500;

/** How long a fault lasts by default, in milliseconds. */
const FAULT_MS = 1_500;

/** How many calls in a row must succeed until the system counts as recovered. */
const ENOUGH = 20;

/** How long to wait for recovery, in milliseconds: longer than it may take, so that a late one is measured. */
const PATIENCE_MS = 4_000;

export interface Fault {
  name: string;
  begin(): unknown;
  /** Mends it; the fault ends when this resolves. */
  end(): unknown;
  /** How long calls flow before it, in milliseconds. */
  afterMs?: number;
  lastsMs?: number;
  /** The services that cannot be reached while it lasts. */
  down?: ServiceName[];
}

export interface Run {
  before: Judged[];
  during: Judged[];
  after: Judged[];
  /** All of them. */
  calls: Judged[];
  recoveredMs: number | undefined;
}

/** Runs a fault on a system that answers, and adds a line to the table. */
export async function underFault(system: System, expiredToken: () => string, fault: Fault): Promise<Run> {
  const flow = startFlow(system, expiredToken);
  let began: number;
  let mending: number;
  let ended: number;
  try {
    await sleep(fault.afterMs ?? BEFORE_MS);
    began = performance.now();
    await fault.begin();
    await sleep(fault.lastsMs ?? FAULT_MS);
    mending = performance.now();
    await fault.end();
    ended = performance.now();
    while (recovery(flow.calls, ended) === undefined && performance.now() - ended < PATIENCE_MS)
      await sleep(50);
  } finally {
    await flow.stop();
  }
  const calls = flow.calls
    .map((call) => (isUnexpectedlyUnreachable(call) ? { ...call, kind: 'wrong' as const } : call))
    .sort((one, other) => one.at - other.at);
  const run = {
    before: calls.filter(({ at }) => at < began),
    during: calls.filter(({ at }) => at >= began && at < ended),
    after: calls.filter(({ at }) => at >= ended),
    calls,
    recoveredMs: recovery(calls, ended),
  };
  const mendedIn = Math.round(ended - mending);
  record({ ...rowOf(fault.name, run), ...(mendedIn > 100 && { note: `mended in ${mendedIn} ms` }) });
  return run;

  function isUnexpectedlyUnreachable({ kind, to, at, ms }: Judged): boolean {
    return kind === 'unreachable' && !(fault.down?.includes(to) && at + ms >= began && at < ended);
  }
}

/** How many calls are of these kinds. */
export function count(calls: Judged[], ...kinds: Kind[]): number {
  return calls.filter(({ kind }) => kinds.includes(kind)).length;
}

/** The time from the end of a fault to the first call after which all succeed; undefined unless enough calls do. */
function recovery(calls: Judged[], ended: number): number | undefined {
  const after = calls.filter(({ at }) => at >= ended).sort((one, other) => one.at - other.at);
  const good = after.slice(after.findLastIndex(({ kind }) => kind !== 'served' && kind !== 'denied') + 1);
  return good.length >= ENOUGH ? (good[0]?.at ?? ended) - ended : undefined;
}

function rowOf(name: string, { calls, recoveredMs }: Run): Row {
  return {
    name,
    calls: calls.length,
    served: count(calls, 'served'),
    denied: count(calls, 'denied'),
    unavailable: count(calls, 'unavailable'),
    unreachable: count(calls, 'unreachable'),
    wrong: count(calls, 'wrong'),
    hung: count(calls, 'hung'),
    slowestMs: Math.max(...calls.map(({ ms }) => ms)),
    recoveredMs: recoveredMs ?? 'never',
  };
}
