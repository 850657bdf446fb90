/** Reports of errors that nobody expected, to Sentry where a DSN is given. */
import type { ErrorReports } from './report.ts';

/** Where reports go, and what each of them says of where it comes from. */
export interface ReportOptions {
  service: string;
  /** A Sentry DSN; without one, reports go nowhere. */
  dsn: string | undefined;
  environment: string;
}

/** Reports to Sentry where a DSN is given. The SDK, which costs memory and time, is loaded only then. */
export async function errorReports({ service, dsn, environment }: ReportOptions): Promise<ErrorReports> {
  if (dsn === undefined) return { report() {}, async flushed() {} };
  const { sentryReports } = await import('./sentry.ts');
  return sentryReports({ service, dsn, environment });
}
