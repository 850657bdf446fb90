/** Resource indicators (RFC 8707): a token is for the API that the client asked for. */
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { expectRefusal, startAuthServer } from '../support/auth-server.ts';
import {
  api,
  codeFor,
  firstParty,
  redeem,
  refresh,
  thirdParty,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';

const foreign = 'https://other.example';

describe.each([
  ['first-party', firstParty],
  ['third-party', thirdParty],
])('a %s client', (_what, client) => {
  test.each([
    ['the authorization request', { resource: api }, {}],
    ['the token request', {}, { resource: api }],
    ['both', { resource: api }, { resource: api }],
    ['neither, since there is one API', {}, {}],
  ])('that names the API in %s gets a token for it', async (_where, asked, redeemed) => {
    const server = await startAuthServer();
    const code = await codeFor(server, client, asked);
    const { access_token } = await tokensOf(await redeem(server, code, client, redeemed));
    expect(decodeJwt(access_token)).toMatchObject({ aud: api, scope: 'current_time' });
  });

  test('that names another API in the token request is refused', async () => {
    const server = await startAuthServer();
    const code = await codeFor(server, client);
    const response = await redeem(server, code, client, { resource: foreign });
    await expectRefusal(response, 400, 'invalid_target');
  });
});

test('a refresh may name the API of its grant, and no other', async () => {
  const server = await startAuthServer();
  const { refresh_token } = await tokensFor(server, thirdParty, { resource: api });
  await expectRefusal(
    await refresh(server, refresh_token, thirdParty, { resource: foreign }),
    400,
    'invalid_target',
  );
  const again = await tokensFor(server, thirdParty, { resource: api });
  const refreshed = await refresh(server, again.refresh_token, thirdParty, { resource: api });
  expect(decodeJwt((await tokensOf(refreshed)).access_token).aud).toBe(api);
});

test('the identifier of the API is the one that the operator sets', async () => {
  const resource = 'https://time.example/v1';
  const server = await startAuthServer({ RESOURCE: resource });
  const { access_token } = await tokensFor(server, firstParty, { resource });
  expect(decodeJwt(access_token).aud).toBe(resource);
  expect(await (await server.introspect(access_token)).json()).toMatchObject({ active: true, aud: resource });
});
