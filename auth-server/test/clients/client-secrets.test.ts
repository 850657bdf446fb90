/** Clients that administrators register, whose secrets are kept as hashes: what they can do with them at the endpoints. */
import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { checkClients } from '../../src/oidc/clients/client-metadata.ts';
import { type Client, webapp } from '../support/auth-server.ts';
import { INITIAL_ACCESS_TOKEN } from '../support/registry.ts';
import { startReplicas } from '../support/replicas.ts';
import { done, refused } from '../support/results.ts';

const metadata = { client_name: 'Report job', grant_types: ['client_credentials'], response_types: [] };

const invalid = (description: unknown) => refused({ reason: 'invalid_client_metadata', description });

type Replica = Awaited<ReturnType<typeof startReplicas>>['first'];

const tokenFor = ({ post }: Replica, client: Client) =>
  post('/token', { grant_type: 'client_credentials' }, client);

const statusFor = async (replica: Replica, client: Client) => (await tokenFor(replica, client)).status;

const isActive = async ({ introspect }: Replica, token: string) =>
  ((await (await introspect(token)).json()) as { active: boolean }).active;

async function registered(more: object = {}) {
  const replicas = await startReplicas();
  const { client, secret = '' } = done(await replicas.admin.create({ ...metadata, ...more }));
  return { ...replicas, id: client.clientId, secret, hash: client.secrets[0]?.hash ?? '' };
}

describe('a registered client', () => {
  test('authenticates with the secret that was shown once, of 256 bits', async () => {
    const { first, id, secret } = await registered();
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(await statusFor(first, { id, secret })).toBe(200);
    expect(await statusFor(first, { id, secret: `${secret}x` })).toBe(401);
    expect(await statusFor(first, { id, secret: secret.slice(0, -1) })).toBe(401);
  });

  test('authenticates with the secret in the form, when that is its method', async () => {
    const { first, id, secret } = await registered({ token_endpoint_auth_method: 'client_secret_post' });
    const grant = { grant_type: 'client_credentials', client_id: id };
    expect((await first.post('/token', { ...grant, client_secret: secret })).status).toBe(200);
    expect((await first.post('/token', { ...grant, client_secret: 'guess' })).status).toBe(401);
    expect((await first.post('/token', grant)).status).toBe(401);
  });

  test('does not authenticate with what is stored of its secret', async () => {
    const { first, registry, id, hash: stored } = await registered();
    const { secrets } = (await registry.find(id)) ?? { secrets: [] };
    for (const secret of [
      stored,
      secrets[0]?.id ?? '',
      JSON.stringify(secrets),
      hash('sha256', stored, 'hex'),
    ]) {
      expect(await statusFor(first, { id, secret })).toBe(401);
    }
    expect(JSON.stringify(await registry.find(id))).not.toContain('client_secret"');
  });

  test('does not authenticate with what the library is told is its secret', async () => {
    const { first, id } = await registered();
    const known = await first.provider.Client.find(id);
    expect(known?.clientSecret).toMatch(/^[\w-]{43}$/);
    expect(await statusFor(first, { id, secret: String(known?.clientSecret) })).toBe(401);
  });

  test('does not authenticate with the secret of another', async () => {
    const { first, admin, id } = await registered();
    const { secret: others = '' } = done(await admin.create(metadata));
    expect(await statusFor(first, { id, secret: others })).toBe(401);
    expect(await statusFor(first, { id, secret: webapp.secret })).toBe(401);
  });

  test('without a secret, since it was public, does not authenticate with any', async () => {
    const { first, admin, id } = await registered({
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      redirect_uris: ['https://app.example.com/callback'],
    });
    done(await admin.change(id, 1, { ...metadata, token_endpoint_auth_method: undefined }));
    expect((await admin.find(id))?.secrets).toEqual([]);
    for (const secret of ['undefined', 'null', hash('sha256', '', 'base64url')]) {
      expect(await statusFor(first, { id, secret })).toBe(401);
    }
    const { secret } = done(await admin.addSecret(id));
    expect(await statusFor(first, { id, secret })).toBe(200);
  });

  test('has two secrets while one takes the place of the other, at all replicas at once', async () => {
    const { first, second, admin, registry, id, secret: old } = await registered();
    const oldId = (await registry.find(id))?.secrets[0]?.id ?? '';
    expect(await statusFor(second, { id, secret: old })).toBe(200);
    const { secret: fresh } = done(await admin.addSecret(id));
    for (const replica of [first, second]) {
      expect(await statusFor(replica, { id, secret: old })).toBe(200);
      expect(await statusFor(replica, { id, secret: fresh })).toBe(200);
    }
    done(await admin.removeSecret(id, oldId));
    for (const replica of [first, second]) {
      expect(await statusFor(replica, { id, secret: old })).toBe(401);
      expect(await statusFor(replica, { id, secret: fresh })).toBe(200);
    }
  });

  test('that is changed is another at all replicas at once', async () => {
    const { first, second, admin, id, secret } = await registered({ dpop_bound_access_tokens: true });
    expect(await statusFor(first, { id, secret })).toBe(400);
    expect(await statusFor(second, { id, secret })).toBe(400);
    done(await admin.change(id, 1, { dpop_bound_access_tokens: undefined }));
    expect(await statusFor(first, { id, secret })).toBe(200);
    expect(await statusFor(second, { id, secret })).toBe(200);
  });

  test('that is deleted is unknown at all replicas at once, and so are its tokens', async () => {
    const { first, second, admin, id, secret } = await registered();
    const { access_token } = (await (await tokenFor(first, { id, secret })).json()) as {
      access_token: string;
    };
    // Only an API may see inside, or the client itself.
    const introspection = async (replica: Replica) => isActive(replica, access_token);
    expect([await introspection(first), await introspection(second)]).toEqual([true, true]);
    done(await admin.delete(id, 1));
    expect([await introspection(first), await introspection(second)]).toEqual([false, false]);
    expect(await statusFor(first, { id, secret })).toBe(401);
    expect(await statusFor(second, { id, secret })).toBe(401);
  });

  test('has no password grant where that is off, whatever it is registered for', async () => {
    const { first, registry, admin } = await startReplicas({ passwordGrant: false });
    const wanted = { ...metadata, first_party: true, grant_types: ['password'] };
    expect(await admin.create(wanted)).toEqual(invalid(expect.stringContaining('grant_types')));
    // As it was registered while the grant was on.
    const { client, secret = '' } = done(await admin.create(metadata));
    const grants = { grant_types: ['password', 'client_credentials'], first_party: true };
    await registry.update(client.clientId, 1, { metadata: { ...client.metadata, ...grants } });
    expect(await statusFor(first, { id: client.clientId, secret })).toBe(200);
  });

  test('does not take the place of one of the settings', async () => {
    const { first, admin, registry } = await startReplicas();
    expect(await admin.create({ ...metadata, client_id: webapp.id })).toEqual(refused('taken'));
    await registry.create({
      clientId: webapp.id,
      metadata: { ...metadata, client_id: webapp.id, redirect_uris: [], scope: 'epoch_time' },
      secrets: [{ id: '1', hash: hash('sha256', 'other', 'base64url'), createdAt: new Date() }],
    });
    const signIn = { grant_type: 'password', username: 'alice', password: 'wonderland' };
    expect((await first.post('/token', signIn, webapp)).status).toBe(200);
    expect((await first.post('/token', signIn, { ...webapp, secret: 'other' })).status).toBe(401);
  });
});

describe('hashes of secrets', () => {
  test('cannot be registered by a client for itself', async () => {
    const { first } = await startReplicas();
    const response = await fetch(`${first.issuer}/register`, {
      method: 'POST',
      headers: { authorization: `Bearer ${INITIAL_ACCESS_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        redirect_uris: ['https://app.example.com/callback'],
        client_secret_hashes: [hash('sha256', 'known', 'base64url')],
      }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: 'invalid_client_metadata',
      error_description: 'client_secret_hashes cannot be registered',
    });
  });

  test('cannot be put beside the secret of a client of the settings', async () => {
    const { first, artifacts } = await startReplicas();
    const client = {
      ...metadata,
      client_id: 'one',
      client_secret: 'known',
      client_secret_hashes: [],
      redirect_uris: [],
    };
    await artifacts.upsert('Client', 'one', client, undefined);
    await expect(checkClients(first.provider, [{ id: 'one', setting: 'CLIENTS_FILE' }])).rejects.toThrow(
      'client_secret_hashes cannot be registered',
    );
  });

  test.each(['client_secret', 'client_secret_hashes', 'client_secret_expires_at', 'client_id_issued_at'])(
    'and the like cannot be chosen by an administrator: %s',
    async (member) => {
      const { admin } = await startReplicas();
      const created = await admin.create({ ...metadata, [member]: 'x' });
      expect(created).toEqual(invalid(`${member} cannot be registered`));
    },
  );
});

describe('a registration is refused in a sentence', () => {
  test.each<[string, object]>([
    ['token_endpoint_auth_method client_secret_jwt', { token_endpoint_auth_method: 'client_secret_jwt' }],
    ['id_token_signed_response_alg HS256', { id_token_signed_response_alg: 'HS256' }],
    ['introspection_signed_response_alg HS512', { introspection_signed_response_alg: 'HS512' }],
    ['id_token_encrypted_response_alg A128KW', { id_token_encrypted_response_alg: 'A128KW' }],
    ['request_object_encryption_alg dir', { request_object_encryption_alg: 'dir' }],
    ['request_object_signing_alg HS256', { request_object_signing_alg: 'HS256' }],
    ['token_endpoint_auth_signing_alg HS256', { token_endpoint_auth_signing_alg: 'HS256' }],
  ])('that needs the secret itself: %s', async (named, members) => {
    const { admin } = await startReplicas();
    expect(await admin.create({ ...metadata, ...members })).toEqual(
      invalid(`${named} needs the client secret, of which only a hash is kept`),
    );
  });

  test.each<[string, object]>([
    ['redirect_uris must contain members', { response_types: ['code'], grant_types: ['authorization_code'] }],
    ['redirect_uris must be an absolute URI', { response_types: ['code'], redirect_uris: ['nowhere'] }],
    ['grant_types can only contain', { grant_types: ['everything'] }],
    ['scope must only contain Authorization Server supported scope values', { scope: 'everything' }],
    ['jwks or jwks_uri is mandatory for this client', { token_endpoint_auth_method: 'private_key_jwt' }],
    ['invalid client_id value', { client_id: 'with\ttab' }],
    ['client_id must be a non-empty string if provided', { client_id: 17 }],
    ['the password grant is for clients with first_party: true only', { grant_types: ['password'] }],
    ['resource must be an absolute URI', { resource: 'nowhere' }],
  ])('by the library: %s', async (description, members) => {
    const { admin, registry } = await startReplicas();
    expect(await admin.create({ ...metadata, ...members })).toEqual(
      invalid(expect.stringContaining(description)),
    );
    expect(await registry.list(undefined, 10)).toEqual([]);
  });
});
