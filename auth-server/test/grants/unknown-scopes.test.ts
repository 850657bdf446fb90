/** Scopes that do not exist, or not for the client: ignored beside `openid` (OpenID Connect Core §3.1.2.1), or refused. */
import { describe, expect, test } from 'vitest';
import { expectRefusal, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import {
  agree,
  answerAt,
  authorizationUrl,
  cli,
  cliRegistration,
  pkce,
  postAs,
  thirdParty,
  tokensFor,
} from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

const limited = { id: 'limited', redirectUri: 'http://127.0.0.1/callback' };
const start = async () =>
  startAuthServer({
    CLIENTS_FILE: await temporaryFile([
      cliRegistration,
      { ...cliRegistration, client_id: limited.id, scope: 'openid current_time' },
    ]),
  });

test.each([
  ['openid address', 'openid'],
  ['address openid phone', 'openid'],
  ['openid profile User.Read https://graph.example/x', 'openid profile'],
  ['openid users:read', 'openid'],
])('of "%s" a client is granted "%s"', async (scope, granted) => {
  const tokens = await tokensFor(await start(), thirdParty, { scope });
  expect(tokens.scope).toBe(granted);
  expect(tokens.id_token).toBeDefined();
});

test('the user is not asked for what does not exist', async () => {
  const server = await start();
  const browser = new UserAgent(server.issuer);
  const url = authorizationUrl(server.issuer, thirdParty, { scope: 'openid current_time address' });
  const signIn = await browser.open(url);
  const consent = await signIn.press('Sign in', { username: 'alice', password: 'wonderland' });
  expect(consent.items).toEqual(['Know who you are', 'See the current time']);
  expect(answerAt(await agree(consent)).code).toBeDefined();
});

describe.each<[what: string, scope: string, client: typeof cli]>([
  ['an unknown scope without openid', 'current_time address', cli],
  ['a known scope that the client may not have', 'openid profile', limited],
  ['such a scope beside an unknown one', 'openid address epoch_time', limited],
])('invalid_scope is the answer to %s', (_what, scope, client) => {
  test('at the authorization endpoint', async () => {
    const server = await start();
    const page = await new UserAgent(server.issuer).open(authorizationUrl(server.issuer, client, { scope }));
    expect(answerAt(page, client)).toMatchObject({ error: 'invalid_scope' });
  });

  test.each(['/par', '/device_authorization'])('at %s', async (path) => {
    const response = await postAs(await start(), client, path, {
      scope,
      ...(path === '/par' && {
        response_type: 'code',
        redirect_uri: client.redirectUri,
        code_challenge: pkce.challenge,
        code_challenge_method: 'S256',
      }),
    });
    await expectRefusal(response, 400, 'invalid_scope');
  });
});

test('a device of a client may ask for unknown scopes beside openid, too', async () => {
  const response = await postAs(await start(), cli, '/device_authorization', { scope: 'openid address' });
  expect(response.status).toBe(200);
});
