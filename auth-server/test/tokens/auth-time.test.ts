/** Access tokens say when their user signed in (RFC 9068 §2.2.1), and introspection shows it (RFC 9470 §6). */
import { decodeJwt } from 'jose';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  accessToken,
  batchRegistration,
  resourceServer,
  startAuthServer,
  temporaryFile,
} from '../support/auth-server.ts';
import {
  agree,
  cliRegistration,
  codeFor,
  confirmDevice,
  redeem,
  refresh,
  thirdParty,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { begin } from '../support/device.ts';
import { UserAgent } from '../support/user-agent.ts';

const MINUTE = 60_000;
const start = async (settings: Record<string, string> = {}) =>
  startAuthServer({ CLIENTS_FILE: await temporaryFile([cliRegistration, batchRegistration]), ...settings });

afterEach(() => void vi.useRealTimers());

const now = () => Math.floor(Date.now() / 1_000);

describe('auth_time is when the user signed in', () => {
  test('and not when the token was issued, by code and by refresh token', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const server = await start();
    const browser = new UserAgent(server.issuer);
    await tokensFor(server, thirdParty, {}, browser);
    const signedIn = now();
    vi.setSystemTime(Date.now() + 10 * MINUTE);

    const later = await tokensFor(server, thirdParty, {}, browser);
    expect(decodeJwt(later.access_token)).toMatchObject({ auth_time: signedIn, iat: now() });
    vi.setSystemTime(Date.now() + 10 * MINUTE);
    const refreshed = await tokensOf(await refresh(server, later.refresh_token));
    expect(decodeJwt(refreshed.access_token)).toMatchObject({ auth_time: signedIn, iat: now() });
  });

  test('so a request with max_age gets a token of a sign-in that is recent enough', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const server = await start();
    const browser = new UserAgent(server.issuer);
    await tokensFor(server, thirdParty, {}, browser);
    vi.setSystemTime(Date.now() + 10 * MINUTE);

    const code = await codeFor(server, thirdParty, { scope: 'openid current_time', max_age: '300' }, browser);
    const { access_token } = await tokensOf(await redeem(server, code));
    expect(decodeJwt(access_token).auth_time).toBe(now());
  });

  test('at the device', async () => {
    const server = await start();
    const { device, poll, browser } = await begin(server);
    const before = now();
    await agree(await confirmDevice(await browser.open(new URL(device.verification_uri_complete))));
    const { auth_time } = decodeJwt((await tokensOf(await poll())).access_token);
    expect(auth_time).toBeGreaterThanOrEqual(before);
    expect(auth_time).toBeLessThanOrEqual(now());
  });

  test('with the password grant at the moment of the request', async () => {
    const { requestToken } = await start();
    const { auth_time, iat } = decodeJwt(await accessToken(await requestToken()));
    expect(auth_time).toBe(iat);
  });
});

test("a client's own token has none: nobody signed in", async () => {
  const { requestClientToken } = await start({
    CLIENTS_FILE: await temporaryFile([{ ...batchRegistration, scope: 'current_time' }]),
  });
  const claims = decodeJwt(await accessToken(await requestClientToken({ scope: 'current_time' })));
  expect(claims).not.toHaveProperty('auth_time');
});

test.each(['on', 'off'])('introspection shows it, with FAST_PATH=%s', async (fastPath) => {
  const server = await start({ FAST_PATH: fastPath });
  const byPassword = await accessToken(await server.requestToken());
  const { access_token: byCode } = await tokensFor(server);
  for (const token of [byPassword, byCode]) {
    const answer = await (await server.introspect(token, resourceServer)).json();
    expect(answer).toMatchObject({ active: true, auth_time: decodeJwt(token).auth_time });
  }
});

test('introspection of an opaque token shows it', async () => {
  const orders = {
    resource: 'https://orders.example',
    name: 'Orders',
    scopes: { 'orders:read': 'See your orders' },
    access_token_format: 'opaque',
    access_token_ttl: 60,
    resource_servers: [resourceServer.id],
  };
  const shop = {
    ...cliRegistration,
    client_id: 'shop',
    client_secret: 'shop',
    token_endpoint_auth_method: undefined,
  };
  const server = await start({
    APIS_FILE: await temporaryFile([orders]),
    CLIENTS_FILE: await temporaryFile([
      { ...shop, scope: 'orders:read', redirect_uris: ['http://127.0.0.1/callback'] },
    ]),
  });
  const client = { id: 'shop', secret: 'shop', redirectUri: 'http://127.0.0.1/callback' };
  const { access_token } = await tokensFor(server, client, { scope: 'orders:read' });
  const answer = await (await server.introspect(access_token, resourceServer)).json();
  expect(answer).toMatchObject({ active: true, auth_time: expect.any(Number) });
});
