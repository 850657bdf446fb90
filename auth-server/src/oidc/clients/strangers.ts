/** The clients that strangers registered (RFC 7591), which are kept apart from all others. */
import { hash } from 'node:crypto';
import { type Adapter, type AdapterPayload, Provider } from 'oidc-provider';
import type { ClientRegistration, ClientStore } from '../../core/clients/client-registration.ts';
import { UNUSED_S, USED_S } from '../../core/clients/stranger-registrations.ts';
import type { Artifact, ArtifactStore } from '../../core/grants/artifact-store.ts';
import { isStranger, noteStranger } from '../stranger-requests.ts';

/** What such a client is kept as: a model of its own, so that nothing can make it one of another kind. */
export const STRANGER = 'StrangerClient';

/** The routes at which clients are registered and managed. */
const ROUTES = new Set(['registration', 'client', 'client_update', 'client_delete']);

/** Those clients as a store of clients. */
export function strangers(artifacts: ArtifactStore): ClientStore {
  return {
    async find(clientId) {
      const record = await artifacts.find(STRANGER, clientId);
      if (record === undefined) return undefined;
      const { ctx } = Provider;
      if (ctx !== undefined && ROUTES.has(ctx.oidc?.route)) noteStranger(ctx);
      return record.metadata as ClientRegistration;
    },
  };
}

/** Whether a stranger registered a client. */
export async function isOfStranger(artifacts: ArtifactStore, clientId: string): Promise<boolean> {
  return (await artifacts.find(STRANGER, clientId)) !== undefined;
}

/** The adapter of clients, which keeps those of strangers apart and for a while only. */
export function withStrangers(adapter: Adapter, artifacts: ArtifactStore): Adapter {
  return {
    ...adapter,
    async upsert(id, metadata, expiresIn) {
      if (!isStranger(Provider.ctx)) return adapter.upsert(id, metadata, expiresIn);
      const record = await artifacts.find(STRANGER, id);
      await keep(artifacts, id, { ...record, metadata });
    },
    async destroy(id) {
      await artifacts.destroy(STRANGER, id);
      await adapter.destroy(id);
    },
  };
}

/**
 * The adapter of registration access tokens (RFC 7592 §3). That of a stranger's client is no record of its own, but the `uid` of the
 * client, as a hash: so it is there for as long as the client is.
 */
export function withTokensOfStrangers(adapter: Adapter, artifacts: ArtifactStore): Adapter {
  return {
    ...adapter,
    async upsert(token, payload, expiresIn) {
      if (!isStranger(Provider.ctx)) return adapter.upsert(token, payload, expiresIn);
      await nameBy(String(payload.clientId), uidOf(token));
    },
    async find(token) {
      return (await adapter.find(token)) ?? payloadOf(token, await opened(token));
    },
    async destroy(token) {
      const record = await opened(token);
      if (record === undefined) return adapter.destroy(token);
      await nameBy(clientOf(record).client_id, undefined);
    },
  };

  function opened(token: string): Promise<Artifact | undefined> {
    return artifacts.findByUid(STRANGER, uidOf(token));
  }

  async function nameBy(id: string, uid: string | undefined): Promise<void> {
    const record = await artifacts.find(STRANGER, id);
    if (record !== undefined) await keep(artifacts, id, { ...record, uid });
  }
}

async function keep(
  artifacts: ArtifactStore,
  id: string,
  { metadata, uid, consumed }: Artifact,
): Promise<void> {
  await artifacts.upsert(STRANGER, id, { metadata, uid }, consumed === undefined ? UNUSED_S : USED_S);
}

function clientOf({ metadata }: Artifact): ClientRegistration {
  return metadata as ClientRegistration;
}

function payloadOf(token: string, record: Artifact | undefined): AdapterPayload | undefined {
  if (record === undefined) return undefined;
  const { client_id, client_id_issued_at } = clientOf(record);
  return {
    jti: token,
    kind: 'RegistrationAccessToken',
    clientId: client_id,
    iat: client_id_issued_at as number,
  };
}

function uidOf(token: string): string {
  return hash('sha256', token, 'base64url');
}
