/** The redirect URIs of answers: only native clients may use any loopback port (RFC 8252 §7.3). */
import { describe, expect, test } from 'vitest';
import { startAuthServer, temporaryFile } from '../support/auth-server.ts';
import {
  agree,
  authorizationUrl,
  type CodeClient,
  cli,
  cliRegistration,
  redeem,
  tokensOf,
} from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

const native = {
  ...cliRegistration,
  redirect_uris: ['http://127.0.0.1/callback', 'http://[::1]/callback', 'com.example.app:/callback'],
};
const web: CodeClient = { id: 'web', secret: 'oiuyt', redirectUri: 'http://127.0.0.1:5004/callback' };
const webRegistration = { client_id: web.id, client_secret: web.secret, redirect_uris: [web.redirectUri] };
const lax = { id: 'lax', secret: 'uytre', redirectUri: 'https://lax.example/callback' };
const laxRegistration = {
  client_id: lax.id,
  client_secret: lax.secret,
  redirect_uris: [lax.redirectUri],
  require_pkce: false,
};

const start = async (...more: object[]) =>
  startAuthServer({ CLIENTS_FILE: await temporaryFile([native, webRegistration, laxRegistration, ...more]) });

async function open(client: CodeClient, parameters: Record<string, string | undefined>) {
  const server = await start();
  const page = await new UserAgent(server.issuer).open(authorizationUrl(server.issuer, client, parameters));
  return { server, page };
}

describe('a native client', () => {
  test.each(['http://127.0.0.1:51004/callback', 'http://[::1]:61023/callback', 'com.example.app:/callback'])(
    'is answered at %s, and redeems its code with that redirect URI',
    async (redirectUri) => {
      const { server, page } = await open(cli, { redirect_uri: redirectUri });
      const { target } = await agree(page);
      expect(target?.href.startsWith(`${redirectUri}?`)).toBe(true);
      const code = target?.searchParams.get('code') ?? '';
      await tokensOf(await redeem(server, code, { ...cli, redirectUri }));
    },
  );

  test.each([
    'http://127.0.0.1:51004/other',
    'http://127.0.0.2:51004/callback',
    'http://localhost:51004/callback',
    'https://127.0.0.1:51004/callback',
    'com.example.app:/other',
  ])('is not answered at %s', async (redirect_uri) => {
    const { page } = await open(cli, { redirect_uri });
    expect(page.target).toBeUndefined();
    expect(page.response.status).toBe(400);
  });

  test('is never answered without the user, because any program can imitate it (RFC 8252 §8.6)', async () => {
    const server = await start();
    const browser = new UserAgent(server.issuer);
    const url = authorizationUrl(server.issuer, cli);
    await agree(await browser.open(url));
    expect((await browser.open(url)).heading).toBe('Allow Command line?');
  });
});

test('a web client is answered at its own port only', async () => {
  const { page } = await open(web, { redirect_uri: 'http://127.0.0.1:51004/callback' });
  expect(page.target).toBeUndefined();
  expect(page.response.status).toBe(400);
});

describe('require_pkce: false', () => {
  const withoutPkce = { code_challenge: undefined, code_challenge_method: undefined };

  test('allows a confidential client to leave out PKCE', async () => {
    const { server, page } = await open(lax, withoutPkce);
    const code = (await agree(page)).target?.searchParams.get('code') ?? '';
    await tokensOf(await redeem(server, code, lax, { code_verifier: undefined }));
  });

  test('does not allow a challenge without its verifier, nor a verifier without a challenge', async () => {
    for (const [asked, redeemed] of [
      [{}, { code_verifier: undefined }],
      [withoutPkce, {}],
    ] as const) {
      const { server, page } = await open(lax, asked);
      const code = (await agree(page)).target?.searchParams.get('code') ?? '';
      expect((await redeem(server, code, lax, redeemed)).status).toBe(400);
    }
  });

  test('has no effect on a public client', async () => {
    const careless = { ...cliRegistration, client_id: 'careless', require_pkce: false };
    const { issuer } = await start(careless);
    const url = authorizationUrl(issuer, { ...cli, id: 'careless' }, withoutPkce);
    const { target } = await new UserAgent(issuer).open(url);
    expect(target?.searchParams.get('error')).toBe('invalid_request');
  });
});
