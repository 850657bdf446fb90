/** The use cases of clients that administrators register. */

import type { ClientRegistration, ClientStore } from './client-registration.ts';
import type { ClientRegistry, ClientSecret, RegisteredClient } from './client-registry.ts';

/** The most secrets that a client has: one, and the one that takes its place. */
const MAX_SECRETS = 2;

/** What a registration that does not say so itself is taken to have (RFC 7591 §2). */
const DEFAULTS = { grant_types: ['authorization_code'], response_types: ['code'], redirect_uris: [] };

/** The members of a registration that are not the administrator's to choose. */
const OURS = ['client_secret', 'client_secret_expires_at', 'client_secret_hashes', 'client_id_issued_at'];

/** What is wrong with a registration, for whoever sent it. */
export interface InvalidRegistration {
  invalid: string;
}

export interface RegisteredClientsParts {
  registry: ClientRegistry;
  /** All clients there are, so that no id is given twice. */
  clients: ClientStore;
  /** What is wrong with a registration; undefined when nothing is. */
  check(metadata: ClientRegistration): Promise<string | undefined>;
  /** Makes a secret that nobody can guess, and its hash. */
  makeSecret(): { secret: string; hash: string };
  /** Makes an id that nothing else has. */
  makeId(): string;
}

/** Secrets leave here once, when they are made. */
export function registeredClients({ registry, clients, check, makeSecret, makeId }: RegisteredClientsParts) {
  return {
    find: registry.find,
    list: registry.list,

    /** @returns the client with its secret, which a public client has not */
    async create(
      metadata: Record<string, unknown>,
    ): Promise<{ client: RegisteredClient; secret: string | undefined } | 'taken' | InvalidRegistration> {
      const registration = { ...DEFAULTS, client_id: makeId(), ...metadata } as ClientRegistration;
      const invalid = await faultOf(registration);
      if (invalid !== undefined) return { invalid };
      const { client_id: clientId } = registration;
      if ((await clients.find(clientId)) !== undefined) return 'taken';
      const made = needsSecret(registration) ? newSecret() : undefined;
      const secrets = made === undefined ? [] : [made.kept];
      const client = await registry.create({ clientId, metadata: registration, secrets });
      return client === 'taken' ? 'taken' : { client, secret: made?.secret };
    },

    /**
     * A client that becomes a public one loses its secrets; one that is no longer public has none until it is given
     * one, and cannot authenticate.
     *
     * @param changes members to set, or to remove where they are undefined
     */
    async change(
      clientId: string,
      version: number,
      changes: Record<string, unknown>,
    ): Promise<RegisteredClient | 'stale' | InvalidRegistration | undefined> {
      const client = await registry.find(clientId);
      if (client === undefined) return undefined;
      const members = Object.entries({ ...client.metadata, ...changes });
      const given = Object.fromEntries(members.filter(([, value]) => value !== undefined));
      const metadata = { ...DEFAULTS, client_id: clientId, ...given } as ClientRegistration;
      if (metadata.client_id !== clientId) return { invalid: 'client_id cannot be changed' };
      const invalid = await faultOf(metadata);
      if (invalid !== undefined) return { invalid };
      const secrets = needsSecret(metadata) ? client.secrets : [];
      return registry.update(clientId, version, { metadata, secrets });
    },

    delete: registry.delete,

    /** @returns `too_many` when there are two, `public` when the client has no use for one */
    async addSecret(
      clientId: string,
    ): Promise<
      { client: RegisteredClient; id: string; secret: string } | 'too_many' | 'public' | 'stale' | undefined
    > {
      const known = await registry.find(clientId);
      if (known === undefined) return undefined;
      if (!needsSecret(known.metadata)) return 'public';
      if (known.secrets.length >= MAX_SECRETS) return 'too_many';
      const { secret, kept } = newSecret();
      const client = await registry.update(clientId, known.version, { secrets: [...known.secrets, kept] });
      return client === undefined || client === 'stale' ? client : { client, id: kept.id, secret };
    },

    /** @returns `last` when the client would have none left */
    async removeSecret(
      clientId: string,
      id: string,
    ): Promise<RegisteredClient | 'last' | 'stale' | undefined> {
      const client = await registry.find(clientId);
      if (!client?.secrets.some((secret) => secret.id === id)) return undefined;
      const secrets = client.secrets.filter((secret) => secret.id !== id);
      if (secrets.length === 0) return 'last';
      return registry.update(clientId, client.version, { secrets });
    },
  };

  async function faultOf(metadata: ClientRegistration): Promise<string | undefined> {
    const ours = OURS.find((member) => metadata[member] !== undefined);
    return ours === undefined ? check(metadata) : `${ours} cannot be registered`;
  }

  function newSecret(): { secret: string; kept: ClientSecret } {
    const { secret, hash } = makeSecret();
    return { secret, kept: { id: makeId(), hash, createdAt: new Date() } };
  }
}

/** Whether a client authenticates with a secret (RFC 7591 §2, `token_endpoint_auth_method`). */
export function needsSecret({
  token_endpoint_auth_method: method = 'client_secret_basic',
}: ClientRegistration): boolean {
  return method === 'client_secret_basic' || method === 'client_secret_post';
}
