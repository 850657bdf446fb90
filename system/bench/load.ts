/** Puts load on one URL for a time, and measures throughput, latency and CPU. */
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import { cpuSeconds, type Service } from '../processes.ts';

export interface Load {
  url: string;
  connections: number;
  seconds: number;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  /** The body of the next request. */
  body?: () => string;
  /** Requests a second in all; as many as possible when left out. */
  rate?: number;
}

export interface Outcome {
  /** Requests a second. */
  throughput: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** CPU milliseconds a request, by service. */
  cpu: Record<string, number>;
}

/** A pause for requests of the last load that are still under way, in milliseconds: with new ones they could be refused. */
const SETTLE_MS = 500;

/** Runs a load. It throws on any error or answer outside 2xx, since a fast refusal is not fast work. */
export async function run(load: Load, services: Service[]): Promise<Outcome> {
  await sleep(SETTLE_MS);
  const before = services.map(({ pid }) => cpuSeconds(pid));
  const { body } = load;
  const result = await autocannon({
    url: load.url,
    connections: load.connections,
    duration: load.seconds,
    ...(load.rate !== undefined && { overallRate: load.rate }),
    requests: [
      {
        method: load.method ?? 'GET',
        headers: { ...load.headers, ...(body && { 'content-type': 'application/x-www-form-urlencoded' }) },
        ...(body && { setupRequest: (request) => ({ ...request, body: body() }) }),
      },
    ],
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${load.url}: ${result.non2xx} refusals and ${result.errors} errors`);
  }
  const cpu = services.map(({ name, pid }, index) => [
    name,
    ((cpuSeconds(pid) - Number(before[index])) * 1000) / result.requests.total,
  ]);
  return {
    throughput: result.requests.total / result.duration,
    p50: result.latency.p50,
    p99: result.latency.p99,
    cpu: Object.fromEntries(cpu),
  };
}
