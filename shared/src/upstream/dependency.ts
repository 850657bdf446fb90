/** Something that a service cannot answer without, as its readiness tells of it. */
export interface Dependency {
  name: string;
  /** Rejects while it is away. */
  check(): Promise<void>;
}
