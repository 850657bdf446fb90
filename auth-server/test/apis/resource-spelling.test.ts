/** A resource indicator (RFC 8707) names the API however its URL is written: URLs that are equal once normalised are one. */
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { expectRefusal, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import {
  agree,
  answerAt,
  api,
  authorizationUrl,
  cli,
  cliRegistration,
  codeFor,
  confirmDevice,
  postAs,
  redeem,
  refresh,
  thirdParty,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

const guard = { id: 'guard', secret: 'hjklzx' };
/** @param resource the API of a client that introspects; one of a file, unless it is the clock */
const start = async (resource = api, settings: Record<string, string> = {}) =>
  startAuthServer({
    CLIENTS_FILE: await temporaryFile([
      cliRegistration,
      { client_id: guard.id, client_secret: guard.secret, grant_types: [], response_types: [], resource },
    ]),
    ...settings,
  });

const spellings = [`${api}/`, 'HTTP://localhost:5002', 'http://LOCALHOST:5002/.'];

test('the parameter may be named in percent-encoding, too', async () => {
  const server = await start();
  const url = authorizationUrl(server.issuer, cli);
  const page = await new UserAgent(server.issuer).open(new URL(`${url}&%72esource=${api}/`));
  const { code = '' } = answerAt(await agree(page), cli);
  expect(decodeJwt((await tokensOf(await redeem(server, code, cli))).access_token).aud).toBe(api);
});

describe.each(spellings)('the API spelt %s', (resource) => {
  test('may be named in the authorization request, the token request and a refresh', async () => {
    const server = await start();
    const code = await codeFor(server, cli, { resource });
    const first = await tokensOf(await redeem(server, code, cli, { resource }));
    const second = await tokensOf(await refresh(server, first.refresh_token, cli, { resource }));
    for (const { access_token } of [first, second]) {
      expect(decodeJwt(access_token)).toMatchObject({ aud: api, scope: 'current_time' });
    }
  });

  test('may be named in one of the requests only, in the other as the operator spells it, or not at all', async () => {
    const server = await start();
    for (const [asked, redeemed] of [
      [{ resource }, {}],
      [{}, { resource }],
      [{ resource: api }, { resource }],
    ]) {
      const code = await codeFor(server, cli, asked);
      expect(decodeJwt((await tokensOf(await redeem(server, code, cli, redeemed))).access_token).aud).toBe(
        api,
      );
    }
  });

  test('is one with the same API spelt another way in the same request', async () => {
    const server = await start();
    const { access_token } = await tokensFor(server, thirdParty, { resource: [resource, api] });
    expect(decodeJwt(access_token).aud).toBe(api);
    const code = await codeFor(server);
    await tokensOf(await redeem(server, code, thirdParty, { resource: [api, resource] }));
  });

  test('may be named in a pushed request, by a device and with a password', async () => {
    const server = await start();
    const url = authorizationUrl(server.issuer, thirdParty, { resource });
    const pushed = await postAs(server, thirdParty, '/par', Object.fromEntries(url.searchParams));
    const { request_uri } = (await pushed.json()) as { request_uri: string };
    const byReference = new URL('/authorize', server.issuer);
    byReference.search = String(new URLSearchParams({ client_id: thirdParty.id, request_uri }));
    const browser = new UserAgent(server.issuer);
    const { code = '' } = answerAt(await agree(await browser.open(byReference)));
    expect(decodeJwt((await tokensOf(await redeem(server, code))).access_token).aud).toBe(api);

    const begun = await postAs(server, cli, '/device_authorization', { scope: 'current_time', resource });
    const device = (await begun.json()) as { device_code: string; verification_uri_complete: string };
    await agree(await confirmDevice(await browser.open(device.verification_uri_complete)));
    const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
    const polled = await postAs(server, cli, '/token', {
      grant_type,
      device_code: device.device_code,
      resource,
    });
    expect(decodeJwt((await tokensOf(polled)).access_token).aud).toBe(api);

    expect(decodeJwt((await tokensOf(await server.requestToken({ resource }))).access_token).aud).toBe(api);
  });

  test('is the API of a client that is registered for it, and that may then introspect its tokens', async () => {
    const server = await start(resource);
    const { access_token } = await tokensOf(await server.requestToken());
    expect(await (await server.introspect(access_token, guard)).json()).toMatchObject({
      active: true,
      aud: api,
    });
  });
});

test('a user who has allowed a client the API is not asked again when the client spells it another way', async () => {
  const server = await start();
  const browser = new UserAgent(server.issuer);
  await codeFor(server, thirdParty, { resource: api }, browser);
  const page = await browser.open(authorizationUrl(server.issuer, thirdParty, { resource: `${api}/` }));
  expect(answerAt(page)).toHaveProperty('code');
});

test.each([
  ['another path', `${api}/v2`],
  ['another port', 'http://localhost:5009'],
  ['another scheme', 'https://localhost:5002'],
  ['another host', 'https://api.example'],
  ['a query', `${api}/?a=b`],
])('a resource with %s is another API', async (_what, resource) => {
  await expectRefusal(await (await start()).requestToken({ resource }), 400, 'invalid_target');
  const other = { resource, name: 'Other', scopes: { other: 'Use the other one' } };
  const server = await start(resource, { APIS_FILE: await temporaryFile([other]) });
  await expectRefusal(await server.requestToken({ resource }), 400, 'invalid_scope');
  const { access_token } = await tokensOf(await server.requestToken());
  expect(await (await server.introspect(access_token, guard)).json()).toEqual({ active: false });
});

test('an API whose identifier has a slash at its end may be named without it, and the other way round', async () => {
  const server = await start('https://api.example', { RESOURCE: 'https://api.example/' });
  const { access_token } = await tokensOf(await server.requestToken({ resource: 'https://api.example' }));
  expect(decodeJwt(access_token).aud).toBe('https://api.example/');
});

describe('a slash at the end of the path', () => {
  const mcp = 'http://localhost:5050/mcp';
  const startWith = async (...resources: string[]) =>
    startAuthServer({
      CLIENTS_FILE: await temporaryFile([cliRegistration]),
      APIS_FILE: await temporaryFile(
        resources.map((resource, index) => ({
          resource,
          name: `Notes ${index}`,
          scopes: { 'notes:read': 'See your notes' },
          default_scopes: ['notes:read'],
          access_token_ttl: 60,
        })),
      ),
    });

  test.each([
    [mcp, `${mcp}/`],
    [`${mcp}/`, mcp],
    [`${mcp}?tenant=1`, `${mcp}/?tenant=1`],
  ])('of the API %s may be another one: %s', async (defined, resource) => {
    const server = await startWith(defined);
    const code = await codeFor(server, cli, { scope: 'notes:read', resource });
    const first = await tokensOf(await redeem(server, code, cli, { resource }));
    const second = await tokensOf(await refresh(server, first.refresh_token, cli, { resource: defined }));
    for (const { access_token } of [first, second]) expect(decodeJwt(access_token).aud).toBe(defined);
  });

  test('tells two APIs apart, where there are two', async () => {
    const server = await startWith(mcp, `${mcp}/`);
    for (const resource of [mcp, `${mcp}/`]) {
      const { access_token } = await tokensFor(server, cli, { scope: 'notes:read', resource });
      expect(decodeJwt(access_token).aud).toBe(resource);
    }
  });

  test.each([`${mcp}//`, `${mcp}/x`, 'http://localhost:5050/', 'http://localhost:5050/mc'])(
    'makes no API of another URL: %s',
    async (resource) => {
      const server = await startWith(mcp);
      const page = await new UserAgent(server.issuer).open(
        authorizationUrl(server.issuer, cli, { scope: 'notes:read', resource }),
      );
      expect(answerAt(page, cli)).toMatchObject({ error: 'invalid_target', iss: server.issuer });
    },
  );
});
