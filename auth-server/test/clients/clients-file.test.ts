/** The clients of CLIENTS_FILE: what they may do, and registrations that cannot work, which end the start. */
import { parseSettings } from 'shared/config/settings.ts';
import { StartupFault } from 'shared/config/startup-fault.ts';
import { recordingTelemetry } from 'shared/test/serve.ts';
import { describe, expect, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { settingsSchema } from '../../src/config.ts';
import { CLIENT_MEMBERS } from '../../src/core/clients/client-members.ts';
import { clientMetadata } from '../../src/oidc/clients/client-metadata.ts';
import {
  batch,
  batchRegistration,
  expectRefusal,
  FAST_PATH,
  resourceServer,
  startAuthServer,
  temporaryFile,
} from '../support/auth-server.ts';

const app = { id: 'app', secret: 'lkjhg' };
const appRegistration = {
  client_id: app.id,
  client_secret: app.secret,
  first_party: true,
  grant_types: ['password'],
  response_types: [],
};

/** Starts a server with this CLIENTS_FILE. */
async function start(clients: unknown, environment: Record<string, string> = {}) {
  const settings = parseSettings(settingsSchema, {
    CLIENTS_FILE: await temporaryFile(clients),
    FAST_PATH,
    ...environment,
  });
  return createApp({ settings, ...recordingTelemetry(), stopping: new AbortController().signal });
}

describe('a client of CLIENTS_FILE', () => {
  test('may use the password grant when it is first-party and registered for it', async () => {
    const { requestToken } = await startAuthServer({ CLIENTS_FILE: await temporaryFile([appRegistration]) });
    expect((await requestToken({}, app)).status).toBe(200);
  });

  test('may use each of its grants and no other, beside clients with others', async () => {
    const CLIENTS_FILE = await temporaryFile([appRegistration, batchRegistration]);
    const { requestToken, requestClientToken } = await startAuthServer({ CLIENTS_FILE });
    expect((await requestClientToken({}, batch)).status).toBe(200);
    await expectRefusal(await requestClientToken({}, app), 400, 'unauthorized_client');
    await expectRefusal(await requestToken({}, batch), 400, 'unauthorized_client');
  });
});

describe('a start is refused, and the client named,', () => {
  test.each([
    [
      'with an unknown authentication method',
      { ...batchRegistration, token_endpoint_auth_method: 'handshake' },
    ],
    ['without a secret', { ...batchRegistration, client_secret: undefined }],
    ['with a grant that does not exist', { ...batchRegistration, grant_types: ['telepathy'] }],
    ['with a redirect URI that is no URI', { ...batchRegistration, redirect_uris: ['nowhere'] }],
    ['with a resource that is no URI', { ...batchRegistration, resource: 'clock' }],
    ['with first_party that is no boolean', { ...batchRegistration, first_party: 'yes' }],
    ['with the password grant but not first_party', { ...batchRegistration, grant_types: ['password'] }],
    [
      'with the password grant and first_party false',
      { ...batchRegistration, grant_types: ['password'], first_party: false },
    ],
    ['with the id of a built-in client', { ...batchRegistration, client_id: resourceServer.id }],
  ])('%s', async (_what, registration) => {
    await expect(start([appRegistration, registration])).rejects.toMatchObject({
      name: 'StartupFault',
      faults: [expect.stringMatching(new RegExp(`^CLIENTS_FILE: client ${registration.client_id}\\b`))],
    });
  });

  test('when two clients have the same id', async () => {
    await expect(
      start([batchRegistration, { ...appRegistration, client_id: batch.id }]),
    ).rejects.toMatchObject({
      name: 'StartupFault',
      faults: ['CLIENTS_FILE: client batch is registered twice'],
    });
  });

  test('with the setting that registers it already, when that is a built-in client', async () => {
    await expect(start([{ ...batchRegistration, client_id: resourceServer.id }])).rejects.toMatchObject({
      faults: [
        `CLIENTS_FILE: client ${resourceServer.id} is registered twice, by RESOURCE_SERVER_CLIENT_ID too`,
      ],
    });
  });

  test('with the way to have no redirect URIs, when it has none', async () => {
    await expect(start([{ ...batchRegistration, response_types: undefined }])).rejects.toMatchObject({
      faults: ['CLIENTS_FILE: client batch: redirect_uris must contain members, unless response_types is []'],
    });
  });

  test('once for each fault, when it is registered twice and has another fault', async () => {
    const twice = { ...batchRegistration, redirect_uris: ['nowhere'] };
    await expect(start([twice, twice])).rejects.toMatchObject({
      faults: [
        'CLIENTS_FILE: client batch is registered twice',
        expect.stringMatching(/^CLIENTS_FILE: client batch: redirect_uris /),
      ],
    });
  });

  test.each([
    [
      'two built-in clients have the same id',
      { WEBAPP_CLIENT_ID: resourceServer.id },
      'RESOURCE_SERVER_CLIENT_ID',
    ],
    ['a built-in client has the id of the demo', { WEBAPP_CLIENT_ID: '5678' }, 'WEBAPP_CLIENT_ID'],
    ['a built-in client is faulty', { WEBAPP_CLIENT_ID: 'wéb' }, 'WEBAPP_CLIENT_ID'],
  ])('with the setting at fault, when %s', async (_what, environment, setting) => {
    await expect(start([batchRegistration], environment)).rejects.toMatchObject({
      name: 'StartupFault',
      faults: [expect.stringMatching(new RegExp(`^${setting}: client `))],
    });
  });

  test('for every client that has a fault, without the secrets', async () => {
    const fault = await start([
      { ...batchRegistration, redirect_uris: ['nowhere'] },
      { ...appRegistration, first_party: false },
    ]).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(StartupFault);
    const told = (fault as StartupFault).faults.join('\n');
    expect(told).toMatch(/^CLIENTS_FILE: client batch: .+\nCLIENTS_FILE: client app: /);
    expect(told).not.toMatch(new RegExp(`${batch.secret}|${app.secret}`));
  });
});

test.each([
  ['no JSON', '[{'],
  ['no list', { clients: [] }],
  ['a client without an id', [{ client_secret: 'zxcvbn' }]],
])('a start is refused with a CLIENTS_FILE that holds %s', async (_what, content) => {
  await expect(start(content)).rejects.toMatchObject({
    name: 'StartupFault',
    faults: [expect.stringMatching(/^CLIENTS_FILE\b/)],
  });
});

test.each([
  [{ ...batchRegistration, client_id: undefined }, 'client_id of entry 2 is missing'],
  [{ ...batchRegistration, grant_types: 'password' }, 'grant_types of entry 2 must be a list'],
  [{ ...batchRegistration, redirect_uris: [7] }, 'entry 1 of redirect_uris of entry 2 must be a text'],
  [
    { ...batchRegistration, redirect_url: 'https://app.example' },
    'redirect_url of entry 2 is not a member of client metadata; did you mean redirect_uris?',
  ],
])('a fault of an entry is told in words: %j', async (registration, told) => {
  await expect(start([appRegistration, registration])).rejects.toMatchObject({
    faults: [`CLIENTS_FILE: ${told}`],
  });
});

test('a member that nobody here knows, and that is like none, is ignored (RFC 7591 §2)', async () => {
  await expect(start([{ ...batchRegistration, comment: 'the nightly batch' }])).resolves.toBeDefined();
});

test('every member that only this system has is known by name', () => {
  expect(clientMetadata?.properties?.filter((name) => !CLIENT_MEMBERS.includes(name))).toEqual([]);
});

test('a client with the password grant does not keep a server with that grant turned off from starting', async () => {
  await expect(start([appRegistration], { PASSWORD_GRANT: 'off' })).resolves.toBeDefined();
});
