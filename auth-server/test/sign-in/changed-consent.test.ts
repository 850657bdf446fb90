/** What a user allows is what their page has shown, whatever the client or the API has become meanwhile. */
import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startAuthServer, temporaryFile } from '../support/auth-server.ts';
import { answerAt, authorizationUrl, redeem, tokensOf } from '../support/code-flow.ts';
import { INITIAL_ACCESS_TOKEN, metadata, type Registered, redirectUri } from '../support/registry.ts';
import { orders, shop, shopRegistration, threeApis } from '../support/three-apis.ts';
import { UserAgent } from '../support/user-agent.ts';

const ofOrders = { scope: 'openid orders:read orders:write', resource: orders };

/** Opens the consent page of a client. */
async function consentAt({ issuer }: { issuer: string }, client = shop) {
  const page = await new UserAgent(issuer).open(authorizationUrl(issuer, client, ofOrders));
  return page.press('Sign in', { username: 'alice', password: 'wonderland' });
}

/** Opens the consent page of the shop, and then has the server read changed files. */
async function consentBefore(changed: { client?: object; api?: object }) {
  const files = {
    APIS_FILE: await temporaryFile(threeApis),
    CLIENTS_FILE: await temporaryFile([shopRegistration]),
  };
  const server = await startAuthServer(files);
  const page = await consentAt(server);
  const [first, ...others] = threeApis;
  await writeFile(files.APIS_FILE, JSON.stringify([{ ...first, ...changed.api }, ...others]));
  await writeFile(files.CLIENTS_FILE, JSON.stringify([{ ...shopRegistration, ...changed.client }]));
  await server.reload();
  return { server, page };
}

test('a client that registered itself cannot withdraw a choice that its user has on the page', async () => {
  const server = await startAuthServer({ APIS_FILE: await temporaryFile(threeApis), INITIAL_ACCESS_TOKEN });
  const send = async (method: string, url: string, token: string, body: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    return (await (await fetch(url, { method, headers, body: JSON.stringify(body) })).json()) as Registered;
  };
  const registration = { ...metadata, scope: ofOrders.scope };
  const optional = { ...registration, optional_scopes: ['orders:write'] };
  const client = await send('POST', `${server.issuer}/register`, INITIAL_ACCESS_TOKEN, optional);
  const { client_id, client_secret, registration_client_uri, registration_access_token } = client;
  const page = await consentAt(server, { id: client_id, secret: client_secret, redirectUri });
  const changed = { ...registration, client_id, client_secret, optional_scopes: [] };
  await send('PUT', registration_client_uri, registration_access_token, changed);
  const end = await page.press('Allow', {}, { 'Change your orders': false });
  expect(end.target).toBeUndefined();
  expect(end.heading).toBe('Allow Newcomer?');
  expect(end.boxes).toEqual({});
});

test.each([
  [{ client: { optional_scopes: [] } }],
  [{ api: { scopes: { ...threeApis[0]?.scopes, 'orders:write': 'Pay with your card' } } }],
  [{ api: { name: 'Payments' } }],
])('a page that says something else by now is shown again: %j', async (changed) => {
  const { server, page } = await consentBefore(changed);
  const again = await page.press('Allow', {}, { 'Change your orders': false });
  expect(again.heading).toBe('Allow Shop?');
  expect(again.html).not.toBe(page.html);
  const { code = '' } = answerAt(await again.press('Allow'), shop);
  expect((await tokensOf(await redeem(server, code, shop))).scope).toBe(ofOrders.scope);
});

test('whoever does not want to allow it need not look again', async () => {
  const { page } = await consentBefore({ api: { name: 'Payments' } });
  expect(answerAt(await page.press('Do not allow'), shop)).toMatchObject({ error: 'access_denied' });
});
