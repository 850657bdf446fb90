/** Something that a service needs to be ready. */
export interface Dependency {
  /** Its name in the answer of `/health/ready`. */
  name: string;
  /** Rejects while the dependency is down. */
  check(): Promise<void>;
}
