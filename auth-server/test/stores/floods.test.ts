/** Floods of requests against the store in memory: whoever sends them loses their own records, and others lose none. */
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { ARTIFACT_MODELS } from '../../src/oidc/artifact-models.ts';
import { ROOM_LIMITS, type RoomLimits } from '../../src/stores/artifact-rooms.ts';
import { memoryArtifacts } from '../../src/stores/memory/artifacts.ts';
import { startAuthServer, temporaryFile } from '../support/auth-server.ts';
import {
  type AuthServer,
  agree,
  answerAt,
  authorizationUrl,
  type CodeClient,
  cli,
  cliRegistration,
  confirmDevice,
  postAs,
  redeem,
  refresh,
  thirdParty,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { INITIAL_ACCESS_TOKEN, metadata } from '../support/registry.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

/** Where those come from who do nothing wrong. */
const HOME = '127.0.0.1';

/** A confidential client for devices, and a public one. */
const tv: CodeClient = {
  id: 'tv',
  secret: 'the-secret-of-the-tv',
  redirectUri: 'https://tv.example/callback',
};
const tvRegistration = {
  ...cliRegistration,
  client_id: tv.id,
  client_secret: tv.secret,
  token_endpoint_auth_method: 'client_secret_basic',
  application_type: 'web',
  redirect_uris: [tv.redirectUri],
};

const MIB = 1024 * 1024;

/** A server that believes tests where they come from, with less room if they say so, so that a small flood is one. */
async function start(limits: Partial<RoomLimits> = {}, environment: Record<string, string> = {}) {
  const all = { ...ROOM_LIMITS, ...limits };
  return startAuthServer(
    {
      CLIENTS_FILE: await temporaryFile([cliRegistration, tvRegistration]),
      TRUSTED_PROXIES: '127.0.0.1',
      ...environment,
    },
    { artifacts: memoryArtifacts(ARTIFACT_MODELS, new AbortController().signal, { limits: all }) },
  );
}

/** Makes so many requests, a few at a time, and tells how often each status was answered. */
async function flood(count: number, request: (index: number) => Promise<Response>) {
  let next = 0;
  const statuses: Record<number, number> = {};
  async function work() {
    while (next < count) {
      const response = await request(next++);
      await response.arrayBuffer();
      statuses[response.status] = (statuses[response.status] ?? 0) + 1;
    }
  }
  await Promise.all(Array.from({ length: 8 }, work));
  return statuses;
}

/** An authorization request of nobody. */
function authorize({ issuer }: AuthServer, stateLength: number, address: string) {
  const url = authorizationUrl(issuer, thirdParty, { state: 'x'.repeat(stateLength) });
  return fetch(url, { redirect: 'manual', headers: { 'x-forwarded-for': address } });
}

/** A request of a client, from an address. */
function send(
  { issuer }: AuthServer,
  path: string,
  client: CodeClient,
  form: URLSearchParams,
  address: string,
  headers = {},
) {
  if (client.secret === undefined) form.set('client_id', client.id);
  const authorization = client.secret && { authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` };
  const all = { 'x-forwarded-for': address, ...authorization, ...headers };
  return fetch(`${issuer}${path}`, { method: 'POST', body: form, headers: all });
}

const deviceRequest = () => new URLSearchParams({ scope: 'current_time' });
const pushedRequest = ({ issuer }: AuthServer, client: CodeClient) =>
  authorizationUrl(issuer, client).searchParams;

async function codeOf({ issuer }: AuthServer, username: string, client: CodeClient): Promise<string> {
  const page = await new UserAgent(issuer).open(authorizationUrl(issuer, client));
  const { code } = answerAt(await agree(page, username), client);
  expect(code).toBeDefined();
  return String(code);
}

async function deviceCode(server: AuthServer, client: CodeClient) {
  const response = await postAs(server, client, '/device_authorization', { scope: 'current_time' });
  return (await response.json()) as { device_code: string; verification_uri_complete: string };
}

/** A device code is redeemed for tokens after its user has allowed it. */
async function expectRedeemable(
  server: AuthServer,
  client: CodeClient,
  device: Awaited<ReturnType<typeof deviceCode>>,
) {
  const confirm = await new UserAgent(server.issuer).open(device.verification_uri_complete);
  expect((await agree(await confirmDevice(confirm))).heading).toBe('Your device is connected');
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
  await tokensOf(await postAs(server, client, '/token', { grant_type, device_code: device.device_code }));
}

/** All that somebody may be in the middle of. */
async function begin(server: AuthServer) {
  const [ofTv, ofCli] = [await deviceCode(server, tv), await deviceCode(server, cli)];
  const pushed = (await (
    await send(server, '/par', thirdParty, pushedRequest(server, thirdParty), HOME)
  ).json()) as { request_uri: string };
  const signIn = await new UserAgent(server.issuer).open(authorizationUrl(server.issuer, thirdParty));
  const code = await codeOf(server, 'carol', thirdParty);
  return { ofTv, ofCli, pushed, signIn, code };
}

async function expectFinished(server: AuthServer, begun: Awaited<ReturnType<typeof begin>>) {
  await tokensOf(await redeem(server, begun.code));
  const query = new URLSearchParams({ client_id: thirdParty.id, request_uri: begun.pushed.request_uri });
  await expectCode(await new UserAgent(server.issuer).open(`/authorize?${query}`));
  await expectCode(begun.signIn);
  await expectRedeemable(server, tv, begun.ofTv);
  await expectRedeemable(server, cli, begun.ofCli);
}

async function expectCode(page: Page) {
  expect(answerAt(await agree(page, 'carol'))).toHaveProperty('code');
}

describe('a flood of anonymous requests', () => {
  test.each([
    ['5,200 authorization requests with a long state, even from the same address', 5_200, 14_000, HOME, {}],
    [
      'authorization requests of usual length from another address',
      800,
      43,
      '198.51.100.7',
      { strangers: { passing: MIB / 2, lasting: MIB } },
    ],
  ])(
    'of %s leaves others what they are in the middle of',
    async (_what, count, length, address, limits) => {
      const server = await start(limits);
      const begun = await begin(server);
      expect(await flood(count, () => authorize(server, length, address))).toEqual({ 303: count });
      await expectFinished(server, begun);
    },
    90_000,
  );

  test('of a public client leaves others what they are in the middle of', async () => {
    const server = await start({ strangers: { passing: MIB / 2, lasting: MIB } });
    const begun = await begin(server);
    const address = '198.51.100.7';
    const push = () => send(server, '/par', cli, pushedRequest(server, cli), address);
    expect(await flood(600, push)).toEqual({ 201: 600 });
    const ask = () => send(server, '/device_authorization', cli, deviceRequest(), address);
    expect(await flood(1_000, ask)).toEqual({ 200: 1_000 });
    await expectFinished(server, begun);
  }, 30_000);

  test('for sessions leaves others what they are in the middle of', async () => {
    const server = await start({ strangers: { passing: MIB / 2, lasting: MIB } });
    const begun = await begin(server);
    const headers = { 'x-forwarded-for': '198.51.100.7' };
    const logout = () => fetch(`${server.issuer}/logout?state=${'x'.repeat(1_000)}`, { headers });
    expect(await flood(1_000, logout)).toEqual({ 200: 1_000 });
    await expectFinished(server, begun);
  }, 30_000);
});

test('a client that floods drops its own requests, and those of no other client', async () => {
  const server = await start({ clients: { passing: MIB / 2, lasting: MIB } });
  const begun = await begin(server);
  const push = () => send(server, '/par', tv, pushedRequest(server, tv), HOME);
  expect(await flood(800, push)).toEqual({ 201: 800 });
  await expectFinished(server, begun);
}, 30_000);

test('a user who takes refresh tokens without end leaves other users theirs, and their sign-ins', async () => {
  const server = await start({ users: { passing: MIB, lasting: MIB } });
  const ofCarol = await tokensOf(await redeem(server, await codeOf(server, 'carol', cli), cli));
  const begun = await begin(server);
  let { refresh_token } = await tokensFor(server, cli);
  for (let count = 0; count < 1_000; count++) {
    ({ refresh_token } = await tokensOf(await refresh(server, refresh_token, cli)));
  }
  await expectFinished(server, begun);
  await tokensOf(await refresh(server, ofCarol.refresh_token, cli));
  await tokensFor(server, thirdParty);
  await tokensOf(await refresh(server, refresh_token, cli));
}, 60_000);

test('whoever proves keys without end is refused in time, and nobody else is', async () => {
  const server = await start({ strangers: { passing: MIB / 2, lasting: MIB } });
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  const push = async (address: string, client = cli) => {
    const claims = { htu: `${server.issuer}/par`, htm: 'POST', jti: randomUUID() };
    const proof = new SignJWT(claims)
      .setIssuedAt()
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk });
    const headers = { dpop: await proof.sign(privateKey) };
    return send(server, '/par', client, pushedRequest(server, client), address, headers);
  };
  const statuses = await flood(600, () => push('198.51.100.7'));
  expect(Object.keys(statuses)).toEqual(['201', '503']);
  expect((await push(HOME)).status).toBe(201);
  expect((await push('198.51.100.7', tv)).status).toBe(201);
}, 30_000);

test('whoever registers clients without end is refused in time, and nobody else is', async () => {
  const newcomers = { passing: MIB, lasting: MIB };
  const server = await start({ newcomers }, { INITIAL_ACCESS_TOKEN });
  const register = (address: string) =>
    fetch(`${server.issuer}/register`, {
      method: 'POST',
      body: JSON.stringify(metadata),
      headers: {
        authorization: `Bearer ${INITIAL_ACCESS_TOKEN}`,
        'content-type': 'application/json',
        'x-forwarded-for': address,
      },
    });
  const statuses = await flood(400, () => register('198.51.100.7'));
  expect(Object.keys(statuses)).toEqual(['201', '503']);
  expect((await register(HOME)).status).toBe(201);
  await tokensFor(server);
}, 30_000);
