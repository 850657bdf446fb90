/** The APIs of APIS_FILE: what clients get for them, and files that cannot work, which end the start. */
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { parseSettings } from 'shared/config/settings.ts';
import { StartupFault } from 'shared/config/startup-fault.ts';
import { recordingTelemetry } from 'shared/test/serve.ts';
import { describe, expect, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { settingsSchema } from '../../src/config.ts';
import {
  accessToken,
  batch,
  batchRegistration,
  expectRefusal,
  FAST_PATH,
  makeKey,
  startAuthServer,
  temporaryFile,
} from '../support/auth-server.ts';

const clock = 'http://localhost:5002';
const orders = {
  resource: 'https://orders.example.com',
  name: 'Orders',
  scopes: { 'orders:read': 'See your orders', 'orders:write': 'Change your orders' },
};
const job = { ...batchRegistration, scope: 'orders:read' };

/** The faults of a start with these settings; none when it starts. */
async function faultsOf(environment: Record<string, string>): Promise<string[]> {
  try {
    const settings = parseSettings(settingsSchema, { FAST_PATH, ...environment });
    await createApp({ settings, ...recordingTelemetry(), stopping: new AbortController().signal });
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(StartupFault);
    return (error as StartupFault).faults;
  }
}

test('a client gets tokens for an API of the file, with the lifetime and the signature that it asks for', async () => {
  const server = await startAuthServer({
    APIS_FILE: await temporaryFile([{ ...orders, access_token_ttl: 300, signing_alg: 'PS256' }]),
    CLIENTS_FILE: await temporaryFile([job]),
  });
  const token = await accessToken(await server.requestClientToken());
  const { aud, scope, iat = 0, exp = 0 } = decodeJwt(token);
  expect({ aud, scope, ttl: exp - iat }).toEqual({ aud: orders.resource, scope: 'orders:read', ttl: 300 });
  expect(decodeProtectedHeader(token).alg).toBe('PS256');
  expect(await (await server.introspect(token, batch)).json()).toMatchObject({ active: true });
});

describe('a start is refused, and the fault told,', () => {
  test.each([
    [
      'when two APIs have one identifier',
      [orders, { ...orders, resource: 'https://ORDERS.example.com/' }],
      'APIS_FILE: resource of entry 2 is the identifier of another API too',
    ],
    [
      'when a scope has no meaning',
      [{ ...orders, scopes: { 'orders:read': '' } }],
      /^APIS_FILE: orders:read of scopes of entry 1 /,
    ],
    [
      'when a resource server is no client',
      [{ ...orders, resource_servers: ['batch', 'orders-api'] }],
      'APIS_FILE: API https://orders.example.com: resource server orders-api is no client',
    ],
    [
      'when it has an unknown member',
      [{ ...orders, color: 'red' }],
      'APIS_FILE: color of entry 1 is not a member',
    ],
    [
      'when it has a misspelt member',
      [{ ...orders, resource_server: ['batch'] }],
      'APIS_FILE: resource_server of entry 1 is not a member; did you mean resource_servers?',
    ],
    [
      'when tokens live too shortly',
      [{ ...orders, access_token_ttl: 4 }],
      /^APIS_FILE: access_token_ttl of entry 1 /,
    ],
    [
      'when tokens live too long',
      [{ ...orders, access_token_ttl: 86_401 }],
      /^APIS_FILE: access_token_ttl of entry 1 /,
    ],
    [
      'when an API is named over http',
      [{ ...orders, resource: 'http://orders.example.com' }],
      'APIS_FILE: resource of entry 1 must not be http, except at a loopback address',
    ],
    [
      'when an identifier has a fragment',
      [{ ...orders, resource: 'https://orders.example.com#a' }],
      'APIS_FILE: resource of entry 1 must not contain fragments',
    ],
    [
      'when it has openid for a scope',
      [{ ...orders, scopes: { openid: 'Know you' } }],
      /is a scope of OpenID Connect$/,
    ],
    [
      'when it has the identifier of the clock',
      [orders, { ...orders, resource: `${clock}/` }],
      'APIS_FILE: API http://localhost:5002/ has the identifier of the clock: set CLOCK_API=off to put it in the place of the clock',
    ],
  ])('%s', async (_what, apis, fault) => {
    const CLIENTS_FILE = await temporaryFile([job]);
    expect(await faultsOf({ APIS_FILE: await temporaryFile(apis), CLIENTS_FILE })).toEqual([
      typeof fault === 'string' ? fault : expect.stringMatching(fault),
    ]);
  });

  test('when a client of the other file names a scope that no API has, all faults at once', async () => {
    const APIS_FILE = await temporaryFile([{ ...orders, resource_servers: ['nobody'] }]);
    const CLIENTS_FILE = await temporaryFile([
      { ...job, scope: 'openid orders:reed' },
      { ...job, client_id: 'other', redirect_uris: ['nowhere'] },
    ]);
    expect(await faultsOf({ APIS_FILE, CLIENTS_FILE })).toEqual([
      'APIS_FILE: API https://orders.example.com: resource server nobody is no client',
      'CLIENTS_FILE: client batch: scope names orders:reed, which no API has',
      expect.stringMatching(/^CLIENTS_FILE: client other: redirect_uris /),
    ]);
  });

  test('when no key of JWKS_FILE can sign the tokens of an API', async () => {
    const JWKS_FILE = await temporaryFile({ keys: [(await makeKey('ES256')).jwk] });
    const APIS_FILE = await temporaryFile([{ ...orders, signing_alg: 'RS256' }]);
    expect(await faultsOf({ APIS_FILE, JWKS_FILE })).toEqual([
      'JWKS_FILE: no key in it can sign with RS256, which the API https://orders.example.com needs',
    ]);
  });
});

test('a client that is to introspect the tokens of an API that there is not is warned about, and works', async () => {
  const CLIENTS_FILE = await temporaryFile([{ ...batchRegistration, resource: 'https://nothing.example' }]);
  const { lines, requestClientToken } = await startAuthServer({ CLIENTS_FILE });
  expect((await requestClientToken()).status).toBe(200);
  expect(lines).toContainEqual(
    expect.objectContaining({
      level: 40,
      msg: expect.stringContaining('resource is not one of the APIs'),
    }),
  );
});

describe('without the clock', () => {
  test('the server starts, and the webapp gets no tokens', async () => {
    const server = await startAuthServer({ CLOCK_API: 'off' });
    await expectRefusal(await server.requestToken(), 400, 'invalid_scope');
    expect(await (await server.requestToken()).json()).not.toHaveProperty('scope');
    await expectRefusal(await server.requestToken({ scope: 'current_time' }), 400, 'invalid_scope');
    await expectRefusal(await server.requestToken({ resource: clock }), 400, 'invalid_target');
  });

  test('the webapp gets tokens for an API in its place, with those of its own scopes that the API has', async () => {
    const APIS_FILE = await temporaryFile([
      {
        resource: clock,
        name: 'Other clock',
        scopes: { epoch_time: 'See the epoch time' },
        access_token_ttl: 60,
      },
    ]);
    const server = await startAuthServer({ CLOCK_API: 'off', APIS_FILE });
    const token = await accessToken(await server.requestToken());
    const { aud, scope, iat = 0, exp = 0 } = decodeJwt(token);
    expect({ aud, scope, ttl: exp - iat }).toEqual({ aud: clock, scope: 'epoch_time', ttl: 60 });
    expect(await (await server.introspect(token)).json()).toMatchObject({ active: true });
  });
});
