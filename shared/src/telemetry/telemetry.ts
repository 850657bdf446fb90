/** How a service shows what it does: log, metrics, traces, and reports of what nobody expected. */
import type { ReportError } from './error-reports/report.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { Tracer } from './tracing/tracer.ts';

export interface Telemetry {
  log: Logger;
  metrics: Metrics;
  tracer: Tracer;
  report: ReportError;
}
