/** The port to the clients that administrators register. */
import type { Result } from 'shared/core/result.ts';
import type { ClientRegistration } from './client-registration.ts';

/** A secret of a client, of which only the hash is kept. */
export interface ClientSecret {
  id: string;
  /** The SHA-256 of the secret, in base64url. The secret is random and long, so a slower hash is not needed. */
  hash: string;
  createdAt: Date;
}

/** A registered client. It has two secrets while one replaces the other. */
export interface RegisteredClient {
  clientId: string;
  /** The registration (RFC 7591 §2), without a secret. */
  metadata: ClientRegistration;
  secrets: ClientSecret[];
  createdAt: Date;
  updatedAt: Date;
  /** Counts the changes, so that nobody overwrites a change that they have not seen. */
  version: number;
}

/**
 * Why a client was not changed:
 * - `unknown`: there is no such client
 * - `stale`: it has changed since the caller saw it
 */
export type ChangeRefusal = 'unknown' | 'stale';

/** Keeps the clients. `version` is always the version that the caller has seen. */
export interface ClientRegistry {
  find(clientId: string): Promise<RegisteredClient | undefined>;
  /** Stores a new client; `taken` when a client has or had this id, since nobody may inherit what it was granted. */
  create(
    client: Pick<RegisteredClient, 'clientId' | 'metadata' | 'secrets'>,
  ): Promise<Result<RegisteredClient, 'taken'>>;
  /** @returns the client after the change */
  update(
    clientId: string,
    version: number,
    changes: Partial<Pick<RegisteredClient, 'metadata' | 'secrets'>>,
  ): Promise<Result<RegisteredClient, ChangeRefusal>>;
  delete(clientId: string, version: number): Promise<Result<void, ChangeRefusal>>;
  /** Up to `limit` clients in the order of their ids: those after an id, or the first ones when it is undefined. */
  list(after: string | undefined, limit: number): Promise<RegisteredClient[]>;
}
