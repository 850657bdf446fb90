/** An emergency rotation, `POST /keys/rotations {"at":"now"}`: nothing that a leaked key signs is accepted any more. */
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { adminToken, keysOf, publishedKids, rotate, startAdministered } from '../support/administered.ts';
import { accessToken, batch, webapp } from '../support/auth-server.ts';
import {
  authorizationUrl,
  isActive,
  refresh,
  thirdParty,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

describe.each(['on', 'off'])('with FAST_PATH=%s, after an emergency rotation', (FAST_PATH) => {
  const start = () => startAdministered({ FAST_PATH });

  test('tokens from before are inactive to every client', async () => {
    const server = await start();
    const { access_token: ofGrant } = await tokensFor(server);
    const ofUser = await accessToken(await server.requestToken());
    const ofClient = await accessToken(await server.requestClientToken({ scope: 'current_time' }));
    // Introspected before the rotation too, so that a cache of genuine tokens would know them.
    for (const token of [ofGrant, ofUser, ofClient]) expect(await isActive(server, token)).toBe(true);
    await rotate(server, 'now');
    for (const token of [ofGrant, ofUser, ofClient]) expect(await isActive(server, token)).toBe(false);
    const ownClient = await server.introspect(ofUser, webapp);
    expect(await ownClient.json()).toEqual({ active: false });
  });

  test('the admin API refuses tokens from before, and accepts new ones', async () => {
    const server = await start();
    const old = await adminToken(server);
    expect((await keysOf(server, old)).status).toBe(200);
    await rotate(server, 'now');
    expect((await keysOf(server, old)).status).toBe(401);
    expect((await keysOf(server, await adminToken(server))).status).toBe(200);
  });

  test('new tokens verify with the key set, and are active', async () => {
    const server = await start();
    await rotate(server, 'now');
    const token = await accessToken(await server.requestToken());
    const keySet = createRemoteJWKSet(new URL(`${server.issuer}/jwks`));
    await expect(jwtVerify(token, keySet, { typ: 'at+jwt' })).resolves.toBeDefined();
    expect(await isActive(server, token)).toBe(true);
  });

  test('revoking a token from before is a success, as it is for any unknown token', async () => {
    const server = await start();
    const token = await accessToken(await server.requestClientToken({ scope: 'current_time' }));
    await rotate(server, 'now');
    expect((await server.revoke(token, batch)).status).toBe(200);
    // The claim that names the client cannot be believed either.
    expect((await server.revoke(token, webapp)).status).toBe(200);
  });
});

test('an emergency rotation removes every key from the key set at once, also one that waits to sign', async () => {
  const server = await startAdministered();
  await rotate(server, 'published');
  const before = await publishedKids(server);
  expect(before).toHaveLength(4);
  await rotate(server, 'now');
  const after = await publishedKids(server);
  expect(after).toHaveLength(2);
  expect(before).not.toEqual(expect.arrayContaining([after[0]]));
  expect(before).not.toEqual(expect.arrayContaining([after[1]]));
});

test('after an emergency rotation the admin API shows only the new keys', async () => {
  const server = await startAdministered();
  await rotate(server, 'now');
  const { items } = (await (await keysOf(server, await adminToken(server))).json()) as { items: object[] };
  expect(items).toMatchObject([
    { alg: 'ES256', stage: 'signing' },
    { alg: 'RS256', stage: 'signing' },
  ]);
});

describe('for a user who signed in before an emergency rotation,', () => {
  async function startSignedIn() {
    const server = await startAdministered();
    const browser = new UserAgent(server.issuer);
    const tokens = await tokensFor(server, thirdParty, { scope: 'openid current_time' }, browser);
    await rotate(server, 'now');
    return { server, browser, tokens };
  }

  test('an ID token from before is accepted neither at sign-out nor at sign-in', async () => {
    const { server, browser, tokens } = await startSignedIn();
    const hint = { id_token_hint: tokens.id_token };
    const logout = await browser.open(`/logout?${new URLSearchParams(hint)}`);
    expect([logout.response.status, logout.heading]).toEqual([400, 'This did not work']);
    const { target } = await browser.open(
      authorizationUrl(server.issuer, thirdParty, { scope: 'openid current_time', ...hint }),
    );
    expect(target?.searchParams.get('error')).toBe('invalid_request');
  });

  test('a session goes on, and ends when the user signs out without an ID token', async () => {
    const { server, browser } = await startSignedIn();
    const signIn = () => browser.open(authorizationUrl(server.issuer, thirdParty));
    expect((await signIn()).target?.searchParams.get('code')).toEqual(expect.any(String));
    const logout = await browser.open(`/logout?client_id=${thirdParty.id}`);
    await logout.press('Sign out');
    expect((await signIn()).heading).toBe('Sign in');
  });

  test('a refresh token gets new tokens, because no key signed it', async () => {
    const { server, tokens } = await startSignedIn();
    const { access_token } = await tokensOf(await refresh(server, tokens.refresh_token));
    expect(await isActive(server, access_token)).toBe(true);
  });
});
