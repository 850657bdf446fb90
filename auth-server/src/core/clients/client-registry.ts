/** The port to the clients that administrators register. */
import type { Result } from 'shared/core/result.ts';
import type { ClientRegistration } from './client-registration.ts';

/** A secret of a client, of which only the hash is kept. */
export interface ClientSecret {
  id: string;
  /** The SHA-256 of the secret, in base64url: it is random and long, so that nothing slower is needed. */
  hash: string;
  createdAt: Date;
}

/** A registered client. It has two secrets while one takes the place of the other. */
export interface RegisteredClient {
  clientId: string;
  /** The registration (RFC 7591 §2), without a secret. */
  metadata: ClientRegistration;
  secrets: ClientSecret[];
  createdAt: Date;
  updatedAt: Date;
  /** Counts the changes, so that nobody overwrites what they have not seen. */
  version: number;
}

/** Why a client was not changed: `unknown`, there is none; `stale`, there was another change since the version that was seen. */
export type ChangeRefusal = 'unknown' | 'stale';

export interface ClientRegistry {
  find(clientId: string): Promise<RegisteredClient | undefined>;
  /** Stores a new client; `taken` when there is a client of this id, or was: what it was granted is never another's. */
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
  /** So many clients in the order of their ids, after an id. */
  list(after: string | undefined, limit: number): Promise<RegisteredClient[]>;
}
