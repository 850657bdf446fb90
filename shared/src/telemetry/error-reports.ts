/** Reports of errors that nobody expected, to Sentry where a DSN is given. */

/** Tells whoever watches of an error that nobody expected. */
export type ReportError = (error: unknown) => void;

export interface ErrorReports {
  /** Never throws and waits for nothing: a failure to report must not become a second failure. */
  report: ReportError;
  /** Resolves when all is sent, or after 2 s. */
  flushed(): Promise<void>;
}

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
  const { sentryReports } = await import('./error-reports/sentry.ts');
  return sentryReports({ service, dsn, environment });
}
