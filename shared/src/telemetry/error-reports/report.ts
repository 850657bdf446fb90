/** The port through which a service reports unexpected errors. */

/** Reports an unexpected error. It never throws and never makes the caller wait. */
export type ReportError = (error: unknown) => void;

/** The reports of a service. */
export interface ErrorReports {
  report: ReportError;
  /** Resolves when every report is sent, and after 2 seconds at the latest. */
  flushed(): Promise<void>;
}
