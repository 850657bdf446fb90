/** Audit records of what users and clients do at the endpoints: who did what, and from where. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { memoryAudit } from '../../src/stores/memory/audit.ts';
import { webapp } from '../support/auth-server.ts';
import { authorizationUrl, codeFor, redeem, refresh, thirdParty, tokensOf } from '../support/code-flow.ts';
import { startReplicas } from '../support/replicas.ts';
import { UserAgent } from '../support/user-agent.ts';

async function start(log = memoryAudit()) {
  const replicas = await startReplicas({ audit: log, refreshTokens: { rotation: 'all', overlap: 0 } });
  const server = replicas.first as never;
  const all = async () => (await log.list(undefined, 100)).reverse();
  const actions = async () => (await all()).map(({ action }) => action);
  return { ...replicas, server, all, actions };
}

async function useOfCode(server: never) {
  const code = await codeFor(server);
  return () => redeem(server, code);
}

async function useOfRefreshToken(server: never) {
  const { refresh_token } = await tokensOf(await redeem(server, await codeFor(server)));
  return () => refresh(server, refresh_token);
}

const passwordSignIn = { grant_type: 'password', username: 'alice', password: 'wonderland' };
const origin = { address: '127.0.0.1', requestId: expect.stringMatching(/^[0-9a-f]{32}$/) };

describe('a record is made', () => {
  test('of sign-ins with a password at the token endpoint, and of failed ones', async () => {
    const { first, all } = await start();
    expect((await first.post('/token', passwordSignIn, webapp)).status).toBe(200);
    expect((await first.post('/token', { ...passwordSignIn, username: 'al' }, webapp)).status).toBe(400);
    const from = { ...origin, address: '192.0.2.1' };
    expect(await all()).toMatchObject([
      { action: 'signed_in', actor: { user: 'alice', client: webapp.id }, subject: 'user:alice', ...from },
      { action: 'sign_in_failed', actor: { client: webapp.id }, details: { username: 'al' }, ...from },
    ]);
    expect(JSON.stringify(await all())).not.toContain('wonderland');
  });

  test('of signing in on the page, and of the grant that was made there', async () => {
    const { server, all, grants } = await start();
    await codeFor(server, thirdParty, { scope: 'openid current_time' });
    const [grant] = await grants.grants('alice');
    const actor = { user: 'alice', client: thirdParty.id };
    expect(await all()).toMatchObject([
      { action: 'signed_in', actor, subject: 'user:alice' },
      {
        action: 'grant_given',
        actor,
        subject: `grant:${grant?.id}`,
        details: { scopes: ['openid', 'current_time'] },
        ...origin,
      },
    ]);
  });

  test('of signing out, and of what ends with it', async () => {
    const { server, first, all, grants } = await start();
    const browser = new UserAgent(first.issuer);
    await codeFor(server, { ...thirdParty }, {}, browser);
    const [session] = await grants.sessions('alice');
    const page = await browser.open('/logout');
    await page.press(page.buttons[0] ?? '');
    expect((await all()).at(-1)).toMatchObject({
      action: 'session_ended',
      actor: { user: 'alice' },
      subject: `session:${session?.id}`,
      ...origin,
    });
  });

  test('of a sign-out only when the user confirms it', async () => {
    const { server, first, actions, grants } = await start();
    const browser = new UserAgent(first.issuer);
    await codeFor(server, thirdParty, {}, browser);
    const page = await browser.open(`/logout?client_id=${thirdParty.id}`);
    await page.press(page.buttons[1] ?? '');
    expect(await grants.sessions('alice')).toHaveLength(1);
    expect(await actions()).not.toContain('session_ended');
  });

  test('of revoking a token, and of the grant that ends with it', async () => {
    const { server, first, all } = await start();
    const { refresh_token } = await tokensOf(await redeem(server, await codeFor(server)));
    const before = (await all()).length;
    expect((await first.revoke(refresh_token, thirdParty)).status).toBe(200);
    const records = (await all()).slice(before);
    expect(records).toMatchObject([
      { action: 'grant_revoked', actor: { client: thirdParty.id }, ...origin },
      {
        action: 'token_revoked',
        actor: { client: thirdParty.id },
        subject: 'user:alice',
        details: { token: 'RefreshToken' },
        ...origin,
      },
    ]);
    expect(JSON.stringify(records)).not.toContain(refresh_token);
  });

  test('of revoking a JWT, but not of revoking an unknown token', async () => {
    const { first, actions } = await start();
    const { access_token } = await tokensOf(await first.post('/token', passwordSignIn, webapp));
    await first.revoke('not-a-token');
    await first.revoke(access_token, thirdParty);
    expect(await actions()).toEqual(['signed_in']);
    await first.revoke(access_token);
    expect(await actions()).toEqual(['signed_in', 'token_revoked']);
  });

  test.each<[string, (server: never) => Promise<() => Promise<Response>>]>([
    ['code', useOfCode],
    ['refresh token', useOfRefreshToken],
  ])('of a grant that ends because a %s was used twice', async (_what, useOf) => {
    const { server, all } = await start();
    const use = await useOf(server);
    expect((await use()).status).toBe(200);
    expect((await use()).status).toBe(400);
    expect((await all()).at(-1)).toMatchObject({
      action: 'grant_revoked',
      actor: { client: thirdParty.id },
      subject: expect.stringMatching(/^grant:./),
    });
  });
});

describe('an event that cannot be recorded', () => {
  test('is logged, and answered as an outage', async () => {
    const log = memoryAudit();
    const { server, first } = await start(log);
    const { refresh_token } = await tokensOf(await redeem(server, await codeFor(server)));
    vi.spyOn(log, 'record').mockRejectedValue(new StoreUnavailable('away'));
    expect((await first.revoke(refresh_token, thirdParty)).status).toBe(503);
    expect(first.lines).toContainEqual(
      expect.objectContaining({
        event: 'audit.lost',
        entries: [
          expect.objectContaining({ action: 'grant_revoked' }),
          expect.objectContaining({ action: 'token_revoked' }),
        ],
      }),
    );
    expect(JSON.stringify(first.lines)).not.toContain(refresh_token);
    expect((await first.post('/token', passwordSignIn, webapp)).status).toBe(503);
    const browser = new UserAgent(first.issuer);
    const page = await browser.open(authorizationUrl(first.issuer, thirdParty));
    const signIn = await page.press('Sign in', { username: 'alice', password: 'wonderland' });
    expect(signIn.response.status).toBe(503);
  });
});

test('issuing and introspecting a token records nothing but the sign-in', async () => {
  const { first, actions } = await start();
  const { access_token } = await tokensOf(await first.post('/token', passwordSignIn, webapp));
  for (let use = 0; use < 3; use += 1) await first.introspect(access_token);
  await sleep(10);
  expect(await actions()).toEqual(['signed_in']);
});
