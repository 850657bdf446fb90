/** Reports unexpected errors to Sentry when there is a DSN. */
import type { ErrorReports } from './report.ts';

/** Where reports go, and what each one says about its origin. */
export interface ReportOptions {
  service: string;
  /** A Sentry DSN; without one, reports go nowhere. */
  dsn: string | undefined;
  environment: string;
}

/** The reports of a service. Sentry's SDK, which costs memory and time, is loaded only when there is a DSN. */
export async function errorReports({ service, dsn, environment }: ReportOptions): Promise<ErrorReports> {
  if (dsn === undefined) return { report() {}, async flushed() {} };
  const { sentryReports } = await import('./sentry.ts');
  return sentryReports({ service, dsn, environment });
}
