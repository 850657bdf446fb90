/** Revoking one token of an authorization ends all of its other tokens (RFC 7009 §2.1). */
import { describe, expect, test } from 'vitest';
import { expectRefusal, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import {
  agree,
  authorizationUrl,
  cli,
  cliRegistration,
  isActive,
  postAs,
  refresh,
  thirdParty,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

const start = async () => startAuthServer({ CLIENTS_FILE: await temporaryFile([cliRegistration]) });

describe.each([
  ['a confidential client', thirdParty],
  ['a public client', cli],
])('%s', (_what, client) => {
  test.each(['refresh_token', 'access_token'] as const)(
    'that revokes its %s ends the grant',
    async (kind) => {
      const server = await start();
      const first = await tokensFor(server, client);
      const second = await tokensOf(await refresh(server, first.refresh_token, client));
      const all = [first.access_token, second.access_token];
      expect(await Promise.all(all.map((token) => isActive(server, token)))).toEqual([true, true]);

      const revoked = await postAs(server, client, '/revoke', { token: second[kind] });
      expect(revoked.status).toBe(200);
      expect(await Promise.all(all.map((token) => isActive(server, token)))).toEqual([false, false]);
      await expectRefusal(await refresh(server, second.refresh_token, client), 400, 'invalid_grant');
    },
  );

  test("that revokes a token leaves other users' grants alone", async () => {
    const server = await start();
    const alice = await tokensFor(server, client);
    const carol = new UserAgent(server.issuer);
    await agree(await carol.open(authorizationUrl(server.issuer, client)), 'carol');
    const carols = await tokensFor(server, client, {}, carol);
    await postAs(server, client, '/revoke', { token: alice.refresh_token });
    expect(await isActive(server, carols.access_token)).toBe(true);
    await tokensOf(await refresh(server, carols.refresh_token, client));
  });
});

test('a client cannot revoke the refresh token of another', async () => {
  const server = await start();
  const { access_token, refresh_token } = await tokensFor(server, thirdParty);
  const response = await postAs(server, cli, '/revoke', { token: refresh_token });
  await expectRefusal(response, 400, 'invalid_request');
  expect(await isActive(server, access_token)).toBe(true);
  await tokensOf(await refresh(server, refresh_token));
});
