/** How a service reports an error that nobody expected. */

/** Reports an error that nobody expected. Never throws, and the caller waits for nothing. */
export type ReportError = (error: unknown) => void;

/** The reports of a service. */
export interface ErrorReports {
  report: ReportError;
  /** Resolves when every report is sent, or after 2 s. */
  flushed(): Promise<void>;
}
