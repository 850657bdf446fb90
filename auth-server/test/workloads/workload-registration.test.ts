/** Who may register which workload identities: the operator in CLIENTS_FILE and administrators, and nobody else. */
import { writeFile } from 'node:fs/promises';
import { exportJWK, generateKeyPair } from 'jose';
import { describe, expect, test } from 'vitest';
import { startAuthServer, temporaryFile } from '../support/auth-server.ts';
import { INITIAL_ACCESS_TOKEN } from '../support/registry.ts';
import { startReplicas } from '../support/replicas.ts';
import { CI, JOB, JWT_BEARER, makeCi, workloadClient } from '../support/workloads.ts';

const ci = await makeCi();
const identity = { issuer: CI, subject: JOB, jwks: ci.jwks };
const { jwks: _jwks, ...unkeyed } = identity;

/** Starts an issuer with these identities at a client. */
async function startWith(identities: unknown, members: object = {}) {
  const client = workloadClient('deployer', [], { scope: 'current_time', ...members });
  return startAuthServer({
    CLIENTS_FILE: await temporaryFile([{ ...client, workload_identities: identities }]),
  });
}

const privateJwk = await exportJWK((await generateKeyPair('RS256', { extractable: true })).privateKey);
const weakKey = { kty: 'RSA', e: 'AQAB', n: Buffer.alloc(128, 255).toString('base64url') };

describe('CLIENTS_FILE cannot have an identity', () => {
  test.each<[what: string, faulty: unknown, fault: RegExp]>([
    ['without an issuer', { ...identity, issuer: undefined }, /issuer/],
    ['with an empty issuer', { ...identity, issuer: '' }, /issuer/],
    ['with a huge issuer', { ...identity, issuer: 'a'.repeat(1_001) }, /issuer/],
    ['without a subject', { ...identity, subject: undefined }, /subject/],
    ['with a pattern for a subject', { ...identity, subject: 'project:shop:*' }, /is no pattern/],
    ['with a subject that has a line feed', { ...identity, subject: `${JOB}\n` }, /nobody sees/],
    ['without keys', unkeyed, /must have either jwks or jwks_uri/],
    ['with keys and their URL', { ...identity, jwks_uri: `${CI}/keys` }, /must have either jwks or jwks_uri/],
    ['with an empty set of keys', { ...identity, jwks: { keys: [] } }, /keys/],
    ['with a private key', { ...identity, jwks: { keys: [privateJwk] } }, /this one is private/],
    [
      'with a shared secret',
      { ...identity, jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] } },
      /shared secret/,
    ],
    ['with what is no key', { ...identity, jwks: { keys: [{ kty: 'RSA' }] } }, /is not a key/],
    ['with a short RSA key', { ...identity, jwks: { keys: [weakKey] } }, /2048 bits or more/],
    ['with keys over http', { ...unkeyed, jwks_uri: 'http://ci.example.com/keys' }, /must be https/],
    ['with keys in a file', { ...unkeyed, jwks_uri: 'file:///keys.json' }, /must be https/],
    ['with a URL that has a password', { ...unkeyed, jwks_uri: 'https://a:b@ci.example.com/' }, /password/],
    ['with a misspelt member', { ...unkeyed, jwks_url: `${CI}/keys` }, /did you mean jwks_uri\?/],
    ['with an unknown member', { ...identity, audience: 'x' }, /is not a member/],
    ['that is reusable by words', { ...identity, reusable: 'yes' }, /reusable/],
  ])('%s', async (_what, faulty, fault) => {
    await expect(startWith([faulty])).rejects.toThrow(fault);
  });

  test('twice, nor more than twenty, nor none where the grant needs one', async () => {
    await expect(startWith([identity, { ...unkeyed, jwks_uri: `${CI}/keys` }])).rejects.toThrow(/twice/);
    const many = Array.from({ length: 21 }, (_, nth) => ({ ...identity, subject: `job-${nth}` }));
    await expect(startWith(many)).rejects.toThrow(/workload_identities/);
    await expect(startWith([])).rejects.toThrow(/workload_identities/);
    await expect(startWith(undefined)).rejects.toThrow(/needs workload_identities/);
    await expect(startWith('ci')).rejects.toThrow(/workload_identities/);
  });

  test('under a misspelt name', async () => {
    await expect(startWith([identity], { workload_identites: [identity] })).rejects.toThrow(
      /did you mean workload_identities\?/,
    );
  });
});

test.each(['http://127.0.0.1:1/keys', 'http://localhost:1/keys', 'https://ci.example.com/keys'])(
  'the keys of an issuer may be at %s',
  async (jwks_uri) => {
    const { issuer } = await startWith([{ ...unkeyed, jwks_uri }]);
    expect((await fetch(`${issuer}/health/live`)).status).toBe(200);
  },
);

describe('a client that registers itself', () => {
  const register = (issuer: string, metadata: object) =>
    fetch(`${issuer}/register`, {
      method: 'POST',
      headers: { authorization: `Bearer ${INITIAL_ACCESS_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [], response_types: [], ...metadata }),
    });

  test.each<[what: string, metadata: object]>([
    ['trusts nobody', { grant_types: ['client_credentials'], workload_identities: [identity] }],
    ['gets no tokens for JWTs', { grant_types: [JWT_BEARER] }],
    ['cannot have both, either', { grant_types: [JWT_BEARER], workload_identities: [identity] }],
  ])('%s', async (_what, metadata) => {
    const { issuer } = await startAuthServer({ INITIAL_ACCESS_TOKEN });
    const response = await register(issuer, metadata);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_client_metadata' });
  });
});

test('a client that an administrator registers gets tokens for the JWTs of its workload', async () => {
  const { admin, first, second } = await startReplicas();
  const created = await admin.create(
    workloadClient('by-admin', [identity], { scope: 'current_time', client_id: 'by-admin' }),
  );
  expect(created).toMatchObject({ ok: true, value: { secret: undefined } });
  const form = async () => ({
    grant_type: JWT_BEARER,
    client_id: 'by-admin',
    assertion: await ci.jwt(first.provider.issuer),
  });
  expect((await first.post('/token', await form())).status).toBe(200);
  const once = await form();
  const both = await Promise.all([first.post('/token', once), second.post('/token', once)]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 400]);
});

test('an administrator cannot register the grant without a workload, neither at first nor later', async () => {
  const { admin } = await startReplicas();
  const client = workloadClient('by-admin', [identity], { scope: 'current_time' });
  const refusal = {
    reason: 'invalid_client_metadata',
    description: expect.stringContaining('needs workload_identities'),
  };
  const { workload_identities: _none, ...without } = client;
  expect(await admin.create(without)).toEqual({ ok: false, refusal });
  expect(await admin.create(client)).toMatchObject({ ok: true });
  expect(await admin.change('by-admin', 1, { workload_identities: undefined })).toEqual({
    ok: false,
    refusal,
  });
});

test('what a client trusts no longer counts no more, once the file is read again', async () => {
  const client = workloadClient('deployer', [identity], { scope: 'current_time' });
  const file = await temporaryFile([client]);
  const { issuer, post, reload } = await startAuthServer({ CLIENTS_FILE: file });
  const status = async () => {
    const form = { grant_type: JWT_BEARER, client_id: 'deployer', assertion: await ci.jwt(issuer) };
    return (await post('/token', form)).status;
  };
  expect(await status()).toBe(200);
  await writeFile(
    file,
    JSON.stringify([{ ...client, workload_identities: [{ ...identity, subject: 'x' }] }]),
  );
  await reload();
  expect(await status()).toBe(400);
});
