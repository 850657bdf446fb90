/** A code is redeemed once, by its client and in time; a second try ends the tokens of the first (RFC 6749 §4.1.2). */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { expectRefusal, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import {
  cli,
  cliRegistration,
  codeFor,
  isActive,
  redeem,
  refresh,
  type Tokens,
  thirdParty,
  tokensOf,
} from '../support/code-flow.ts';
import { slowArtifacts } from '../support/slow-store.ts';

afterEach(() => void vi.useRealTimers());

const start = async () =>
  startAuthServer({ CLIENTS_FILE: await temporaryFile([cliRegistration]) }, { artifacts: slowArtifacts() });

describe.each([
  ['a confidential client', thirdParty],
  ['a public client', cli],
])('a code of %s', (_what, client) => {
  test('is redeemed by at most one of ten callers at once', async () => {
    const server = await start();
    const code = await codeFor(server, client);
    const responses = await Promise.all(Array.from({ length: 10 }, () => redeem(server, code, client)));
    const refused = responses.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThanOrEqual(9);
    for (const response of refused) await expectRefusal(response, 400, 'invalid_grant');
  });

  test('leaves no active token when ten callers redeem it at once', async () => {
    const server = await start();
    const code = await codeFor(server, client);
    const responses = await Promise.all(Array.from({ length: 10 }, () => redeem(server, code, client)));
    for (const response of responses.filter(({ status }) => status === 200)) {
      const { access_token, refresh_token } = (await response.json()) as Tokens;
      expect(await isActive(server, access_token)).toBe(false);
      await expectRefusal(await refresh(server, refresh_token, client), 400, 'invalid_grant');
    }
    await expectRefusal(await redeem(server, code, client), 400, 'invalid_grant');
  });

  test('ends its tokens when it is redeemed again', async () => {
    const server = await start();
    const code = await codeFor(server, client);
    const { access_token, refresh_token } = await tokensOf(await redeem(server, code, client));
    expect(await isActive(server, access_token)).toBe(true);
    await expectRefusal(await redeem(server, code, client), 400, 'invalid_grant');
    expect(await isActive(server, access_token)).toBe(false);
    await expectRefusal(await refresh(server, refresh_token, client), 400, 'invalid_grant');
  });

  test.each([
    ['a wrong verifier', { code_verifier: 'x'.repeat(43) }],
    ['no verifier', { code_verifier: undefined }],
    ['another redirect URI', { redirect_uri: 'http://localhost:5004/other' }],
    ['no redirect URI', { redirect_uri: undefined }],
  ])('is not redeemed with %s', async (_how, parameters) => {
    const server = await start();
    const response = await redeem(server, await codeFor(server, client), client, parameters);
    expect(response.status).toBe(400);
    expect(['invalid_grant', 'invalid_request']).toContain(
      ((await response.json()) as { error: string }).error,
    );
  });

  test('is valid for a minute and no longer', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const server = await start();
    const [early, late] = [await codeFor(server, client), await codeFor(server, client)];
    vi.setSystemTime(Date.now() + 58_000);
    await tokensOf(await redeem(server, early, client));
    vi.setSystemTime(Date.now() + 3_000);
    await expectRefusal(await redeem(server, late, client), 400, 'invalid_grant');
  });
});

test('a code is refused to another client', async () => {
  const server = await start();
  const code = await codeFor(server, thirdParty);
  const thief = { ...cli, redirectUri: thirdParty.redirectUri };
  await expectRefusal(await redeem(server, code, thief), 400, 'invalid_grant');
});
