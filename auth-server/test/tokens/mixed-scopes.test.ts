/** One token for the user and the API: OpenID Connect and scopes of the API in one request (OpenID Connect Core §5.3). */
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { batch, batchRegistration, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import {
  agree,
  answerAt,
  api,
  authorizationUrl,
  type CodeClient,
  cli,
  cliRegistration,
  codeFor,
  confirmDevice,
  isActive,
  postAs,
  redeem,
  refresh,
  type Tokens,
  thirdParty,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { begin } from '../support/device.ts';
import { ath, makeProver } from '../support/prover.ts';
import { UserAgent } from '../support/user-agent.ts';

const MIXED = 'openid profile current_time';
const alice = {
  sub: 'alice',
  name: 'Alice Example',
  given_name: 'Alice',
  family_name: 'Example',
  preferred_username: 'alice',
};

const house = { id: 'house', secret: 'lkjhgf', redirectUri: 'https://house.example/callback' };
const houseRegistration = {
  client_id: house.id,
  client_secret: house.secret,
  redirect_uris: [house.redirectUri],
  first_party: true,
};

const start = async () =>
  startAuthServer({
    CLIENTS_FILE: await temporaryFile([cliRegistration, batchRegistration, houseRegistration]),
  });

type Server = Awaited<ReturnType<typeof start>>;

const userinfo = (
  { issuer }: Server,
  token: string,
  headers: Record<string, string> = { authorization: `Bearer ${token}` },
) => fetch(`${issuer}/userinfo`, { headers });

/** Expects tokens with which userinfo and the API can both be called, and which say so. */
async function expectBoth(server: Server, { access_token, scope }: Tokens, expected = MIXED) {
  const sorted = (scopes: unknown) => String(scopes).split(' ').sort().join(' ');
  expect(sorted(scope)).toBe(sorted(expected));
  expect(sorted(decodeJwt(access_token).scope)).toBe(sorted(expected));
  expect(decodeJwt(access_token)).toMatchObject({ aud: api, sub: 'alice' });
  expect(await isActive(server, access_token)).toBe(true);
  const response = await userinfo(server, access_token);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual(alice);
}

describe.each<[string, CodeClient]>([
  ['a first-party client', house],
  ['a third-party client', thirdParty],
  ['a public client', cli],
])('%s that asks for openid, profile and a scope of the API', (_who, client) => {
  test.each([
    ['gets a token for userinfo and for the API, and is told of all scopes', {}],
    ['that it names by its resource indicator gets the same', { resource: api }],
  ])('%s', async (_what, parameters) => {
    const server = await start();
    await expectBoth(
      server,
      await tokensFor(server, client, { scope: MIXED, login_hint: 'alice', ...parameters }),
    );
  });

  test('gets an ID token of the same user', async () => {
    const server = await start();
    const { id_token } = await tokensFor(server, client, {
      scope: MIXED,
      login_hint: 'alice',
      nonce: 'the-nonce',
    });
    expect(decodeJwt(id_token)).toMatchObject({ sub: 'alice', aud: client.id, nonce: 'the-nonce' });
  });
});

test('the consent page names all that is asked for', async () => {
  const server = await start();
  const browser = new UserAgent(server.issuer);
  const signIn = await browser.open(authorizationUrl(server.issuer, thirdParty, { scope: MIXED }));
  const consent = await signIn.press('Sign in', { username: 'alice', password: 'wonderland' });
  for (const meaning of ['Know who you are', 'See your name and username', 'current time']) {
    expect(consent.html).toContain(meaning);
  }
  expect(answerAt(await agree(consent))).toHaveProperty('code');
});

test('a pushed request gives the same', async () => {
  const server = await start();
  const url = authorizationUrl(server.issuer, thirdParty, { scope: MIXED });
  const pushed = await postAs(server, thirdParty, '/par', Object.fromEntries(url.searchParams));
  const { request_uri } = (await pushed.json()) as { request_uri: string };
  const browser = new UserAgent(server.issuer);
  const byReference = new URL('/authorize', server.issuer);
  byReference.search = String(new URLSearchParams({ client_id: thirdParty.id, request_uri }));
  const { code = '' } = answerAt(await agree(await browser.open(byReference)));
  await expectBoth(server, await tokensOf(await redeem(server, code)));
});

test('a device gets the same', async () => {
  const server = await start();
  const { device, poll, browser } = await begin(server, cli, MIXED);
  await agree(await confirmDevice(await browser.open(device.verification_uri_complete)));
  await expectBoth(server, await tokensOf(await poll()));
});

describe.each<[string, CodeClient]>([
  ['a confidential client', thirdParty],
  ['a public client', cli],
])('a refresh by %s', (_who, client) => {
  test('gives the same again, and with fewer scopes exactly those', async () => {
    const server = await start();
    const first = await tokensFor(server, client, { scope: MIXED });
    const again = await tokensOf(await refresh(server, first.refresh_token, client));
    await expectBoth(server, again);

    const ofApi = await tokensOf(
      await refresh(server, again.refresh_token, client, { scope: 'current_time' }),
    );
    expect([ofApi.scope, decodeJwt(ofApi.access_token).scope]).toEqual(['current_time', 'current_time']);
    expect(ofApi.id_token).toBeUndefined();
    expect((await userinfo(server, ofApi.access_token)).status).toBe(403);

    const ofUser = await tokensOf(
      await refresh(server, ofApi.refresh_token, client, { scope: 'openid profile' }),
    );
    expect(ofUser.scope).toBe('openid profile');
    expect(await (await userinfo(server, ofUser.access_token)).json()).toEqual(alice);

    await expectBoth(server, await tokensOf(await refresh(server, ofUser.refresh_token, client)));
  });
});

test('offline access is told, too', async () => {
  const server = await start();
  const scope = `${MIXED} offline_access`;
  await expectBoth(server, await tokensFor(server, thirdParty, { scope, prompt: 'consent' }), scope);
});

test('userinfo answers fewer claims for a part of the scope, and refuses what the token does not have', async () => {
  const server = await start();
  const { access_token } = await tokensFor(server, thirdParty, { scope: MIXED });
  const ask = (scope: string) =>
    fetch(`${server.issuer}/userinfo`, {
      method: 'POST',
      body: new URLSearchParams({ scope }),
      headers: { authorization: `Bearer ${access_token}` },
    });
  expect(await (await ask('openid')).json()).toEqual({ sub: 'alice' });
  expect((await ask('openid email')).status).toBe(403);
});

test('the introspection of the token names all scopes, to the API and to the client', async () => {
  const server = await start();
  const { access_token, scope } = await tokensFor(server, thirdParty, { scope: MIXED });
  for (const caller of [undefined, thirdParty]) {
    const answer = await (await server.introspect(access_token, caller)).json();
    expect(answer).toMatchObject({ active: true, scope, sub: 'alice', aud: api, client_id: thirdParty.id });
  }
});

describe('userinfo refuses', () => {
  const challenge = (response: Response) => response.headers.get('www-authenticate');

  test('a token without openid as insufficient_scope', async () => {
    const server = await start();
    const ofUser = await tokensFor(server, thirdParty);
    const ofPassword = (await (await server.requestToken()).json()) as Tokens;
    for (const { access_token } of [ofUser, ofPassword]) {
      const response = await userinfo(server, access_token);
      expect(response.status).toBe(403);
      expect(challenge(response)).toMatch(/^Bearer .*error="insufficient_scope".*scope="openid"/);
    }
  });

  test.each<[string, (server: Server, tokens: Tokens) => unknown]>([
    ['was revoked', (server, { access_token }) => server.revoke(access_token, thirdParty)],
    [
      'belongs to a grant that was revoked',
      (server, { refresh_token }) => server.revoke(refresh_token, thirdParty),
    ],
  ])('a token that %s', async (_what, end) => {
    const server = await start();
    const tokens = await tokensFor(server, thirdParty, { scope: MIXED });
    await end(server, tokens);
    const response = await userinfo(server, tokens.access_token);
    expect(response.status).toBe(401);
    expect(challenge(response)).toMatch(/^Bearer .*error="invalid_token"/);
  });

  test("a token that was changed, a client's own token, and what is no token", async () => {
    const server = await start();
    const { access_token } = await tokensFor(server, thirdParty, { scope: 'openid current_time' });
    const [head, body = '', signature] = access_token.split('.');
    const wider = { ...JSON.parse(Buffer.from(body, 'base64url').toString()), sub: 'carol' };
    const forged = [head, Buffer.from(JSON.stringify(wider)).toString('base64url'), signature].join('.');
    const { access_token: own } = (await (await server.requestClientToken({}, batch)).json()) as Tokens;
    for (const token of [forged, own, 'a.b.c', '..', `.${access_token}`]) {
      expect((await userinfo(server, token)).status).toBe(401);
    }
  });

  test('a token that has expired', async () => {
    const server = await start();
    const { access_token } = await tokensFor(server, thirdParty, { scope: MIXED });
    await expect
      .poll(async () => (await userinfo(server, access_token)).status, { timeout: 8_000, interval: 500 })
      .toBe(401);
  }, 10_000);
});

test('a token that is bound to a key opens userinfo with a proof of that key only', async () => {
  const server = await start();
  const [owner, thief] = [await makeProver(), await makeProver()];
  const code = await codeFor(server, cli, { scope: MIXED });
  const proof = await owner.prove(`${server.issuer}/token`);
  const { access_token, token_type } = await tokensOf(await redeem(server, code, cli, {}, proof));
  expect(token_type).toBe('DPoP');
  const url = `${server.issuer}/userinfo`;
  const bound = { ath: ath(access_token) };
  const by = async (scheme: string, dpop?: string) =>
    userinfo(server, access_token, { authorization: `${scheme} ${access_token}`, ...(dpop && { dpop }) });
  expect((await by('Bearer')).status).toBe(401);
  expect((await by('DPoP', await thief.prove(url, 'GET', bound))).status).toBe(401);
  const response = await by('DPoP', await owner.prove(url, 'GET', bound));
  expect(await response.json()).toEqual(alice);
});
