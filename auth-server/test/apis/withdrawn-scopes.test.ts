/** Scopes that a client is registered for no longer, or that an API no longer gives to users: what was granted of them opens nothing. */
import { writeFile } from 'node:fs/promises';
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { expectRefusal, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import { codeFor, redeem, refresh, tokensOf } from '../support/code-flow.ts';
import { invoices, orders, shop, shopRegistration, threeApis } from '../support/three-apis.ts';

/** Starts a server whose shop has a code and a refresh token for an API, and then reads its files anew. */
async function startWithGrants(changed: { client?: object; api?: object }, parameters = {}) {
  const files = {
    APIS_FILE: await temporaryFile(threeApis),
    CLIENTS_FILE: await temporaryFile([shopRegistration]),
  };
  const server = await startAuthServer(files);
  const asked = { scope: 'openid orders:read orders:write', resource: orders, ...parameters };
  const tokens = await tokensOf(
    await redeem(server, await codeFor(server, shop, asked), shop, { resource: orders }),
  );
  const code = await codeFor(server, shop, asked);
  const [first, ...others] = threeApis;
  await writeFile(files.APIS_FILE, JSON.stringify([{ ...first, ...changed.api }, ...others]));
  await writeFile(files.CLIENTS_FILE, JSON.stringify([{ ...shopRegistration, ...changed.client }]));
  await server.reload();
  const refreshed = (form = {}) => refresh(server, tokens.refresh_token, shop, form);
  return { server, code, refreshed };
}

test.each([
  [
    'the client is registered for none of its scopes',
    { client: { scope: 'openid pay', optional_scopes: [] } },
  ],
  ['the API has no tokens of users', { api: { grants: ['client'] } }],
])('there is no token for an API when %s any more', async (_when, changed) => {
  const { server, code, refreshed } = await startWithGrants(changed);
  await expectRefusal(await refreshed(), 400, 'invalid_target');
  await expectRefusal(await refreshed({ resource: orders }), 400, 'invalid_target');
  await expectRefusal(await refreshed({ resource: orders, scope: 'openid' }), 400, 'invalid_target');
  await expectRefusal(await redeem(server, code, shop), 400, 'invalid_target');
});

test('the scopes that the client still has are what its tokens are for, and asking for another is refused', async () => {
  const { refreshed } = await startWithGrants({
    client: { scope: 'openid orders:read', optional_scopes: [] },
  });
  const { access_token } = await tokensOf(await refreshed());
  expect(decodeJwt(access_token)).toMatchObject({ aud: orders, scope: 'openid orders:read' });
  await expectRefusal(await refreshed({ scope: 'orders:write' }), 400, 'invalid_scope');
  await expectRefusal(await refreshed({ scope: 'orders:write', resource: orders }), 400, 'invalid_scope');
});

test('of several APIs the one is meant of which the client may still have something', async () => {
  const asked = { scope: 'openid orders:read pay', resource: [orders, invoices] };
  const { refreshed } = await startWithGrants(
    { client: { scope: 'openid pay', optional_scopes: [] } },
    asked,
  );
  const { access_token } = await tokensOf(await refreshed());
  expect(decodeJwt(access_token)).toMatchObject({ aud: invoices, scope: 'openid pay' });
});
