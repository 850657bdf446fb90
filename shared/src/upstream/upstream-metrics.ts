/** The metrics of calls to an upstream. */
import type { Metrics } from '../telemetry/metrics.ts';
import { UpstreamFault } from './fault.ts';
import type { Safeguard } from './safeguard.ts';

/** Counts the calls of one upstream. */
export interface UpstreamMetrics {
  /** Runs one attempt of a call, including the wait for room, and counts how it ended. */
  measure<Result>(attempt: () => Promise<Result>): Promise<Result>;
  /** Counts a repeat. */
  repeated(): void;
}

/** Declares the metrics of one upstream. The upstreams of a service share them, each with its own label. */
export function upstreamMetrics(upstream: string, safeguard: Safeguard, metrics: Metrics): UpstreamMetrics {
  const durations = metrics.latency({
    name: 'upstream_request_duration_seconds',
    help: 'Calls of other services by how they ended, the wait for room included.',
    labelNames: ['upstream', 'outcome'],
  });
  const repeats = metrics.counter({
    name: 'upstream_retries_total',
    help: 'Calls of other services that were made a second time.',
    labelNames: ['upstream'],
  });
  // So that Prometheus sees the first repeat as an increase.
  repeats.inc({ upstream }, 0);
  const gauge = (name: string, help: string, read: () => number) =>
    metrics.gauge({ name, help, labelNames: ['upstream'] }, (it) => it.set({ upstream }, read()));
  gauge('upstream_breaker_state', '0 closed, 1 open, 2 half-open.', () => safeguard.state);
  gauge('upstream_calls_in_flight', 'Calls under way.', () => safeguard.inFlight);
  gauge('upstream_calls_waiting', 'Calls that wait for room.', () => safeguard.waiting);

  return {
    async measure(attempt) {
      const started = performance.now();
      let outcome = 'answered';
      try {
        return await attempt();
      } catch (error) {
        outcome = error instanceof UpstreamFault ? error.kind : 'failed';
        throw error;
      } finally {
        durations.observe({ upstream, outcome }, (performance.now() - started) / 1_000);
      }
    },
    repeated() {
      repeats.inc({ upstream });
    },
  };
}
