/** How operators see what a service does: log, metrics, traces, and reports of unexpected errors. */
import type { ReportError } from './error-reports/report.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { Tracer } from './tracing/tracer.ts';

/** The telemetry of one service, which its composition root hands to the parts that need it. */
export interface Telemetry {
  log: Logger;
  metrics: Metrics;
  tracer: Tracer;
  report: ReportError;
}
