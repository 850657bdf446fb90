/** The port to the APIs that administrators define. */
import type { Result } from 'shared/core/result.ts';
import type { ApiDefinition } from './api-definition.ts';

/** An API of the registry. */
export interface RegisteredApi {
  /** What it is called in the paths of the admin API, which follows from its identifier. */
  id: string;
  definition: ApiDefinition;
  createdAt: Date;
  updatedAt: Date;
  /** Counts the changes, so that nobody overwrites a change that they have not seen. */
  version: number;
}

/**
 * Why an API was not changed:
 * - `unknown`: there is no such API
 * - `stale`: it has changed since the caller saw it
 */
export type ApiChangeRefusal = 'unknown' | 'stale';

/** Keeps the APIs. `version` is always the version that the caller has seen. */
export interface ApiRegistry {
  find(id: string): Promise<RegisteredApi | undefined>;
  /** Stores a new API; `taken` when there is one with this id. */
  create(api: Pick<RegisteredApi, 'id' | 'definition'>): Promise<Result<RegisteredApi, 'taken'>>;
  /** @returns the API after the change */
  update(
    id: string,
    version: number,
    definition: ApiDefinition,
  ): Promise<Result<RegisteredApi, ApiChangeRefusal>>;
  delete(id: string, version: number): Promise<Result<void, ApiChangeRefusal>>;
  /** All of them, in the order of their identifiers. */
  all(): Promise<RegisteredApi[]>;
  /** A text that is another one after each change of any API, and costs little to read. */
  edition(): Promise<string>;
}
