/** A refused token request costs nothing: the code or refresh token is still good, and the natural next try succeeds. */
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../support/auth-server.ts';
import {
  type AuthServer,
  agree,
  api,
  type CodeClient,
  cli,
  codeFor,
  confirmDevice,
  isActive,
  type Parameters,
  postAs,
  redeem,
  refresh,
  thirdParty,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { begin, startWithCli } from '../support/device.ts';
import { makeProver } from '../support/prover.ts';

type Send = (parameters?: Parameters, proof?: string, as?: CodeClient) => Promise<Response>;

async function codeOf(server: AuthServer, client: CodeClient): Promise<Send> {
  const code = await codeFor(server, client);
  return (parameters, proof, as = client) =>
    redeem(server, code, as, { redirect_uri: client.redirectUri, ...parameters }, proof);
}

async function refreshTokenOf(server: AuthServer, client: CodeClient): Promise<Send> {
  const { refresh_token } = await tokensFor(server, client);
  return (parameters, proof, as = client) => refresh(server, refresh_token, as, parameters, proof);
}

async function deviceCodeOf(server: AuthServer, client: CodeClient): Promise<Send> {
  const { device, browser } = await begin(server, client);
  await agree(await confirmDevice(await browser.open(device.verification_uri_complete)));
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
  return (parameters, proof, as = client) =>
    postAs(server, as, '/token', { grant_type, device_code: device.device_code, ...parameters }, proof);
}

const clients: [string, CodeClient][] = [
  ['a confidential client', thirdParty],
  ['a public client', cli],
];
const kinds: [string, typeof codeOf][] = [
  ['a code', codeOf],
  ['a refresh token', refreshTokenOf],
  ['a device code', deviceCodeOf],
];

describe.each(
  clients.flatMap(([who, client]) => kinds.map(([what, make]) => [what, who, make, client] as const)),
)('%s of %s', (_what, _who, make, client) => {
  const other = client === cli ? thirdParty : cli;

  test.each<[string, string, Parameters | string, CodeClient?]>([
    ['an unknown resource', 'invalid_target', { resource: 'https://other.example' }],
    ['a resource that is no URL', 'invalid_target', { resource: 'time' }],
    ['the name of another client', 'invalid_grant', {}, other],
    ['a DPoP proof that is none', 'invalid_dpop_proof', 'e30.e30.e30'],
  ])('is not used up by a request with %s', async (_how, error, sent, as) => {
    const server = await startWithCli();
    const send = await make(server, client);
    for (const _try of [1, 2, 3]) {
      const refused = typeof sent === 'string' ? await send({}, sent) : await send(sent, undefined, as);
      await expectRefusal(refused, 400, error);
    }
    expect(await isActive(server, (await tokensOf(await send())).access_token)).toBe(true);
  });

  test('is not used up by a request that names two resources', async () => {
    const server = await startWithCli();
    const send = await make(server, client);
    await expectRefusal(await send({ resource: [api, 'https://other.example'] }), 400, 'invalid_target');
    await tokensOf(await send({ resource: api }));
  });

  test('is not used up by a request with a DPoP proof that was used before', async () => {
    const server = await startWithCli();
    const { prove } = await makeProver();
    const proof = await prove(`${server.issuer}/token`);
    await tokensOf(await (await make(server, client))({}, proof));
    const send = await make(server, client);
    expect((await send({}, proof)).status).toBe(400);
    expect((await tokensOf(await send({}, await prove(`${server.issuer}/token`)))).token_type).toBe('DPoP');
  });

  test('is used up all the same by the request that is granted', async () => {
    const server = await startWithCli({ REFRESH_TOKEN_ROTATION: 'all', REFRESH_TOKEN_OVERLAP_SECONDS: '0' });
    const send = await make(server, client);
    await expectRefusal(await send({ resource: 'https://other.example' }), 400, 'invalid_target');
    const { access_token } = await tokensOf(await send());
    await expectRefusal(await send(), 400, 'invalid_grant');
    expect(await isActive(server, access_token)).toBe(false);
  });
});

describe.each(clients)('of %s', (_who, client) => {
  test.each<[string, Parameters]>([
    ['a wrong verifier', { code_verifier: 'x'.repeat(43) }],
    ['a verifier that is too short', { code_verifier: 'x' }],
    ['no verifier', { code_verifier: undefined }],
    ['another redirect URI', { redirect_uri: 'https://other.example/callback' }],
    ['no redirect URI', { redirect_uri: undefined }],
  ])('a code is not used up by a request with %s', async (_how, parameters) => {
    const server = await startWithCli();
    const send = await codeOf(server, client);
    expect((await send(parameters)).status).toBe(400);
    await tokensOf(await send());
  });

  test('a refresh token is not used up by a request for a wider scope', async () => {
    const server = await startWithCli();
    const send = await refreshTokenOf(server, client);
    await expectRefusal(await send({ scope: 'current_time epoch_time' }), 400, 'invalid_scope');
    await tokensOf(await send());
  });
});

test('a code that is bound to a key is not used up by requests without that key', async () => {
  const server = await startWithCli();
  const [owner, thief] = [await makeProver(), await makeProver()];
  const url = `${server.issuer}/token`;
  const code = await codeFor(server, cli, { dpop_jkt: owner.jkt });
  for (const proof of [undefined, await thief.prove(url)]) {
    await expectRefusal(await redeem(server, code, cli, {}, proof), 400, 'invalid_grant');
  }
  await tokensOf(await redeem(server, code, cli, {}, await owner.prove(url)));
});

test('a device code whose user has declined is told so at each poll', async () => {
  const server = await startWithCli();
  const { device, poll, browser } = await begin(server);
  const page = await confirmDevice(await browser.open(device.verification_uri_complete));
  const consent = await page.press('Sign in', { username: 'alice', password: 'wonderland' });
  await consent.press('Do not allow');
  for (const _poll of [1, 2]) await expectRefusal(await poll(), 400, 'access_denied');
});
