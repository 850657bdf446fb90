/** What administrators do with clients. */
import { describe, expect, test } from 'vitest';
import { clientAdministration } from '../../src/core/clients/client-administration.ts';
import type { ClientRegistration } from '../../src/core/clients/client-registration.ts';
import type { ClientRegistry } from '../../src/core/clients/client-registry.ts';
import { memoryClients } from '../../src/stores/fixed-clients.ts';
import { memoryClientRegistry } from '../../src/stores/memory/clients.ts';
import { done, refused } from '../support/results.ts';

const redirects = { redirect_uris: ['https://app.example.com/callback'] };
const publicClient = { ...redirects, token_endpoint_auth_method: 'none' };

const invalid = (description: string) => refused({ reason: 'invalid_client_metadata', description });

/** The use cases with predictable ids and secrets, and a check that accepts every registration but one. */
function open(registry: ClientRegistry = memoryClientRegistry(), settings: ClientRegistration[] = []) {
  let made = 0;
  const next = (what: string) => {
    made += 1;
    return `${what}-${made}`;
  };
  const admin = clientAdministration({
    registry,
    clients: memoryClients(settings),
    check: async ({ client_name }) => (client_name === 'bad' ? 'it is bad' : undefined),
    makeSecret: () => {
      const secret = next('secret');
      return { secret, hash: `hash of ${secret}` };
    },
    makeId: () => next('id'),
  });
  return { registry, admin };
}

describe('registering a client', () => {
  test('gives it an id unless it names one, a secret, and the defaults of RFC 7591', async () => {
    const { admin, registry } = open();
    const { client, secret } = done(await admin.create(redirects));
    expect(client).toMatchObject({
      clientId: 'id-1',
      metadata: {
        ...redirects,
        client_id: 'id-1',
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
      secrets: [{ hash: `hash of ${secret}` }],
    });
    expect(await registry.find('id-1')).toEqual(client);
    const named = done(await admin.create({ ...redirects, client_id: 'report-job' }));
    expect(named.client.clientId).toBe('report-job');
  });

  test('stores only the hash of the secret', async () => {
    const { admin, registry } = open();
    const { secret } = done(await admin.create(redirects));
    expect(secret).toMatch(/^secret-\d+$/);
    const stored = JSON.stringify(await registry.list(undefined, 10));
    expect(stored.replaceAll(`hash of ${secret}`, '')).not.toContain(secret);
  });

  test.each([publicClient, { ...redirects, token_endpoint_auth_method: 'private_key_jwt' }])(
    'that has no use for a secret gives it none',
    async (metadata) => {
      const { admin } = open();
      const { client, secret } = done(await admin.create(metadata));
      expect(secret).toBeUndefined();
      expect(client.secrets).toEqual([]);
    },
  );

  test('with an id that another client has or had is refused', async () => {
    const settings = [{ client_id: 'of-settings', grant_types: [], response_types: [], redirect_uris: [] }];
    const { admin } = open(memoryClientRegistry(), settings);
    done(await admin.create({ ...redirects, client_id: 'one' }));
    expect(await admin.create({ ...redirects, client_id: 'one' })).toEqual(refused('taken'));
    expect(await admin.create({ ...redirects, client_id: 'of-settings' })).toEqual(refused('taken'));
    await admin.delete('one', 1);
    expect(await admin.create({ ...redirects, client_id: 'one' })).toEqual(refused('taken'));
  });

  test('that cannot work changes nothing', async () => {
    const { admin, registry } = open();
    expect(await admin.create({ ...redirects, client_name: 'bad' })).toEqual(invalid('it is bad'));
    expect(await registry.list(undefined, 10)).toEqual([]);
  });
});

describe('changing a client', () => {
  test('sets members, and removes those that are undefined', async () => {
    const { admin } = open();
    const { client } = done(await admin.create({ ...redirects, client_name: 'Before', scope: 'epoch_time' }));
    const changed = done(
      await admin.change(client.clientId, 1, {
        client_name: 'After',
        scope: undefined,
        grant_types: undefined,
      }),
    );
    expect(changed).toMatchObject({ version: 2, secrets: client.secrets });
    expect(changed.metadata).toEqual({ ...client.metadata, client_name: 'After', scope: undefined });
    expect(changed.metadata).not.toHaveProperty('scope');
  });

  test('is refused when it is based on an old version', async () => {
    const { admin } = open();
    const { client } = done(await admin.create(redirects));
    done(await admin.change(client.clientId, 1, { client_name: 'First' }));
    expect(await admin.change(client.clientId, 1, { client_name: 'Second' })).toEqual(refused('stale'));
    expect(await admin.delete(client.clientId, 1)).toEqual(refused('stale'));
    expect((await admin.find(client.clientId))?.metadata.client_name).toBe('First');
  });

  test.each([
    [{ client_name: 'bad' }, 'it is bad'],
    [{ client_id: 'other' }, 'client_id cannot be changed'],
    [{ client_secret: 'known' }, 'client_secret cannot be registered'],
    [{ client_secret_hashes: ['known'] }, 'client_secret_hashes cannot be registered'],
  ])('into what cannot be is refused: %j', async (changes, description) => {
    const { admin } = open();
    const { client } = done(await admin.create(redirects));
    expect(await admin.change(client.clientId, 1, changes)).toEqual(invalid(description));
    expect(await admin.find(client.clientId)).toEqual(client);
  });

  test('into a public one deletes its secrets for good', async () => {
    const { admin } = open();
    const { client } = done(await admin.create(redirects));
    const { clientId } = client;
    expect(done(await admin.change(clientId, 1, publicClient)).secrets).toEqual([]);
    expect(await admin.addSecret(clientId)).toEqual(refused('public'));
    expect(done(await admin.change(clientId, 2, { token_endpoint_auth_method: undefined })).secrets).toEqual(
      [],
    );
    expect(done(await admin.addSecret(clientId)).client.secrets).toHaveLength(1);
  });

  test('that does not exist is refused', async () => {
    const { admin } = open();
    expect(await admin.change('nobody', 1, {})).toEqual(refused('unknown'));
    expect(await admin.delete('nobody', 1)).toEqual(refused('unknown'));
    expect(await admin.addSecret('nobody')).toEqual(refused('unknown'));
    expect(await admin.removeSecret('nobody', '1')).toEqual(refused('unknown'));
  });
});

describe('the secrets of a client', () => {
  test('are at most two and at least one', async () => {
    const { admin } = open();
    const { client, secret: first } = done(await admin.create(redirects));
    const { clientId } = client;
    const { id, secret: second, client: rotating } = done(await admin.addSecret(clientId));
    expect(second).not.toBe(first);
    expect(rotating.secrets.map(({ hash }) => hash)).toEqual([`hash of ${first}`, `hash of ${second}`]);
    expect(rotating.secrets[1]?.id).toBe(id);
    expect(await admin.addSecret(clientId)).toEqual(refused('too_many'));
    const rotated = done(await admin.removeSecret(clientId, rotating.secrets[0]?.id ?? ''));
    expect(rotated.secrets.map(({ hash }) => hash)).toEqual([`hash of ${second}`]);
    expect(await admin.removeSecret(clientId, id)).toEqual(refused('last'));
    expect(await admin.removeSecret(clientId, 'nothing')).toEqual(refused('unknown'));
    expect((await admin.find(clientId))?.secrets).toHaveLength(1);
  });

  test('are never more than two and never none, though administrators change them at once', async () => {
    const { admin } = open();
    const { client } = done(await admin.create(redirects));
    const { clientId } = client;
    await Promise.all(Array.from({ length: 10 }, () => admin.addSecret(clientId)));
    const rotating = await admin.find(clientId);
    expect(rotating?.secrets).toHaveLength(2);
    await Promise.all(rotating?.secrets.map(({ id }) => admin.removeSecret(clientId, id)) ?? []);
    expect((await admin.find(clientId))?.secrets).toHaveLength(1);
  });
});
