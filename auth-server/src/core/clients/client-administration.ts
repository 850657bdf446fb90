/** The use cases of clients that administrators register. */
import type { Result } from 'shared/core/result.ts';
import type { ClientRegistration, ClientStore } from './client-registration.ts';
import type { ChangeRefusal, ClientRegistry, ClientSecret, RegisteredClient } from './client-registry.ts';

/** How many secrets a client may have: one, and its replacement. */
const MAX_SECRETS = 2;

/** The defaults for members that a registration leaves out (RFC 7591 §2). */
const DEFAULTS = { grant_types: ['authorization_code'], response_types: ['code'], redirect_uris: [] };

/** The members that an administrator cannot choose. */
const OURS = ['client_secret', 'client_secret_expires_at', 'client_secret_hashes', 'client_id_issued_at'];

/** A registration that cannot work (RFC 7591 §3.2.2). The description tells the caller what is wrong. */
export interface InvalidRegistration {
  reason: 'invalid_client_metadata';
  description: string;
}

/** A new client, with its secret if it authenticates with one. */
export interface NewClient {
  client: RegisteredClient;
  secret: string | undefined;
}

/** A client, and the secret that was added to it. */
export interface NewSecret {
  client: RegisteredClient;
  id: string;
  secret: string;
}

/** What the use cases need. */
export interface ClientAdministrationDependencies {
  registry: ClientRegistry;
  /** All clients, so that no id is used twice. */
  clients: ClientStore;
  /** What is wrong with a registration; undefined when nothing is. */
  check(metadata: ClientRegistration): Promise<string | undefined>;
  /** Makes a secret that cannot be guessed, and its hash. */
  makeSecret(): { secret: string; hash: string };
  /** Makes a unique id. */
  makeId(): string;
}

/** The use cases. A secret is returned once, by the call that makes it. */
export function clientAdministration({
  registry,
  clients,
  check,
  makeSecret,
  makeId,
}: ClientAdministrationDependencies) {
  return {
    find: registry.find,
    list: registry.list,

    /** Registers a client; `taken` when another client has the id. */
    async create(
      metadata: Record<string, unknown>,
    ): Promise<Result<NewClient, 'taken' | InvalidRegistration>> {
      const registration = { ...DEFAULTS, client_id: makeId(), ...metadata } as ClientRegistration;
      const fault = await faultOf(registration);
      if (fault !== undefined) return { ok: false, refusal: invalid(fault) };
      const { client_id: clientId } = registration;
      if ((await clients.find(clientId)) !== undefined) return { ok: false, refusal: 'taken' };
      const made = needsSecret(registration) ? newSecret() : undefined;
      const secrets = made === undefined ? [] : [made.kept];
      const created = await registry.create({ clientId, metadata: registration, secrets });
      return created.ok ? { ok: true, value: { client: created.value, secret: made?.secret } } : created;
    },

    /**
     * Changes a client. A client that no longer authenticates with a secret loses its secrets. A client that now has to
     * authenticate with one has none, and cannot authenticate until it is given one.
     *
     * @param changes members to set, or to remove if they are undefined
     */
    async change(
      clientId: string,
      version: number,
      changes: Record<string, unknown>,
    ): Promise<Result<RegisteredClient, ChangeRefusal | InvalidRegistration>> {
      const client = await registry.find(clientId);
      if (client === undefined) return { ok: false, refusal: 'unknown' };
      const members = Object.entries({ ...client.metadata, ...changes });
      const given = Object.fromEntries(members.filter(([, value]) => value !== undefined));
      const metadata = { ...DEFAULTS, client_id: clientId, ...given } as ClientRegistration;
      const fault = metadata.client_id === clientId ? await faultOf(metadata) : 'client_id cannot be changed';
      if (fault !== undefined) return { ok: false, refusal: invalid(fault) };
      const secrets = needsSecret(metadata) ? client.secrets : [];
      return registry.update(clientId, version, { metadata, secrets });
    },

    delete: registry.delete,

    /** Adds a secret; `too_many` when the client has two, `public` when it does not authenticate with a secret. */
    async addSecret(clientId: string): Promise<Result<NewSecret, ChangeRefusal | 'too_many' | 'public'>> {
      const known = await registry.find(clientId);
      if (known === undefined) return { ok: false, refusal: 'unknown' };
      if (!needsSecret(known.metadata)) return { ok: false, refusal: 'public' };
      if (known.secrets.length >= MAX_SECRETS) return { ok: false, refusal: 'too_many' };
      const { secret, kept } = newSecret();
      const changed = await registry.update(clientId, known.version, { secrets: [...known.secrets, kept] });
      return changed.ok ? { ok: true, value: { client: changed.value, id: kept.id, secret } } : changed;
    },

    /** Removes a secret; `last` when the client would have none left. */
    async removeSecret(
      clientId: string,
      id: string,
    ): Promise<Result<RegisteredClient, ChangeRefusal | 'last'>> {
      const client = await registry.find(clientId);
      if (!client?.secrets.some((secret) => secret.id === id)) return { ok: false, refusal: 'unknown' };
      const secrets = client.secrets.filter((secret) => secret.id !== id);
      if (secrets.length === 0) return { ok: false, refusal: 'last' };
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

function invalid(description: string): InvalidRegistration {
  return { reason: 'invalid_client_metadata', description };
}

/** Whether a client authenticates with a secret (RFC 7591 §2, `token_endpoint_auth_method`). */
export function needsSecret({
  token_endpoint_auth_method: method = 'client_secret_basic',
}: ClientRegistration): boolean {
  return method === 'client_secret_basic' || method === 'client_secret_post';
}
