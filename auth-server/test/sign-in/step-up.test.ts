/** How clients ask for another sign-in, or a more recent one (RFC 9470 §4 and §5), and what the tokens then say (§6). */
import { decodeJwt } from 'jose';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { accessToken, startAuthServer, temporaryFile, webapp } from '../support/auth-server.ts';
import {
  type AuthServer,
  agree,
  answerAt,
  authorizationUrl,
  type CodeClient,
  type Parameters,
  postAs,
  redeem,
  refresh,
  thirdParty,
  tokensOf,
} from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

const PWD = 'urn:time-chain:acr:pwd';
const NOBODY = 'urn:example:acr:nobody';
const MINUTE = 60_000;

/** A first-party client, whose users see no page unless they have to prove who they are. */
const ownApp: CodeClient = {
  id: 'own',
  secret: 'the-secret-of-the-own',
  redirectUri: 'https://own.example/callback',
};
const ownAppRegistration = {
  client_id: ownApp.id,
  client_secret: ownApp.secret,
  first_party: true,
  redirect_uris: [ownApp.redirectUri],
};

afterEach(() => void vi.useRealTimers());

/** A browser at a server, and what a client asks with it. */
async function start(client: CodeClient = thirdParty) {
  const server: AuthServer = await startAuthServer({
    CLIENTS_FILE: await temporaryFile([ownAppRegistration]),
  });
  const browser = new UserAgent(server.issuer);
  const ask = (parameters: Parameters = {}) =>
    browser.open(authorizationUrl(server.issuer, client, parameters));
  return {
    server,
    browser,
    ask,
    /** The tokens that a request leads to, with as many pages as it takes. */
    async tokens(parameters: Parameters = {}) {
      const { code } = answerAt(await agree(await ask(parameters)), client);
      return tokensOf(await redeem(server, String(code), client));
    },
  };
}

/** The scopes of a request of OpenID Connect, and of one of plain OAuth 2.0. */
const kinds: [what: string, scope: string][] = [
  ['OpenID Connect', 'openid current_time'],
  ['plain OAuth 2.0', 'current_time'],
];

describe.each(kinds)('a request of %s', (_what, scope) => {
  test('with max_age gets a token of a sign-in that is recent enough', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { ask, tokens } = await start();
    await tokens({ scope });
    vi.setSystemTime(Date.now() + 10 * MINUTE);
    expect((await ask({ scope, max_age: '300' })).heading).toBe('Sign in');
    const { auth_time, iat } = decodeJwt((await tokens({ scope, max_age: '300' })).access_token);
    expect(auth_time).toBe(iat);
  });

  test('tells of the sign-in when the password was given, however long the pages then stayed open', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { ask, server } = await start();
    const signIn = await ask({ scope, max_age: '60' });
    const signedInAt = Math.floor(Date.now() / 1_000);
    const consent = await signIn.press('Sign in', { username: 'alice', password: 'wonderland' });
    vi.setSystemTime(Date.now() + 5 * MINUTE);
    const { code } = answerAt(await consent.press('Allow'));
    const { access_token } = await tokensOf(await redeem(server, String(code)));
    const { auth_time } = decodeJwt(access_token);
    expect(auth_time).toBeGreaterThanOrEqual(signedInAt);
    expect(auth_time).toBeLessThan(signedInAt + 60);
    // So the session is no more recent, either.
    expect((await ask({ scope, max_age: '60' })).heading).toBe('Sign in');
  });

  test('with max_age does not ask a user who has signed in lately', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { ask, tokens } = await start();
    await tokens({ scope });
    vi.setSystemTime(Date.now() + 4 * MINUTE);
    expect(answerAt(await ask({ scope, max_age: '300' }))).toHaveProperty('code');
  });

  test('with max_age=0 asks each time, and once', async () => {
    const { ask, tokens } = await start();
    await tokens({ scope });
    expect((await ask({ scope, max_age: '0' })).heading).toBe('Sign in');
    expect(decodeJwt((await tokens({ scope, max_age: '0' })).access_token)).toHaveProperty('auth_time');
  });

  test.each(['-1', '1.5', 'abc', '1e3x', ''])(
    'with max_age=%s is answered, and not with an unexpected failure',
    async (max_age) => {
      const { ask } = await start();
      const page = await ask({ scope, max_age });
      // An empty parameter is none (RFC 6749 §3.1).
      if (max_age === '') expect(page.heading).toBe('Sign in');
      else expect(answerAt(page)).toMatchObject({ error: 'invalid_request', state: 'the-state' });
    },
  );

  test('with acr_values that a password reaches gets a token that says so', async () => {
    const { tokens } = await start();
    const { access_token } = await tokens({ scope, acr_values: PWD });
    expect(decodeJwt(access_token)).toMatchObject({ acr: PWD, auth_time: expect.any(Number) });
  });

  test('is content with any of the acr_values that can be reached', async () => {
    const { tokens } = await start();
    const { access_token } = await tokens({ scope, acr_values: `${NOBODY} ${PWD}` });
    expect(decodeJwt(access_token).acr).toBe(PWD);
  });

  test.each([undefined, 'none', 'login', 'consent'])(
    'with acr_values that nobody can reach is refused at once, with prompt=%s',
    async (prompt) => {
      const { ask } = await start();
      const answer = answerAt(await ask({ scope, acr_values: NOBODY, prompt }));
      expect(answer).toMatchObject({
        error: 'unmet_authentication_requirements',
        state: 'the-state',
        iss: expect.stringMatching(/^http/),
      });
      expect(answer).not.toHaveProperty('code');
    },
  );

  test('with prompt=none and a sign-in that is too old is login_required', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { ask, tokens } = await start();
    await tokens({ scope });
    vi.setSystemTime(Date.now() + 10 * MINUTE);
    const answer = answerAt(await ask({ scope, max_age: '300', prompt: 'none' }));
    expect(answer).toMatchObject({ error: 'login_required' });
  });

  test('that was pushed asks for the same', async () => {
    const { server, browser } = await start();
    const pushed = async (parameters: Parameters) => {
      const url = authorizationUrl(server.issuer, thirdParty, { scope, ...parameters });
      const form = Object.fromEntries(url.searchParams);
      return postAs(server, thirdParty, '/par', form);
    };
    const { request_uri } = (await (await pushed({ max_age: '0', acr_values: PWD })).json()) as {
      request_uri: string;
    };
    const url = new URL(`${server.issuer}/authorize`);
    url.search = String(new URLSearchParams({ client_id: thirdParty.id, request_uri }));
    const { code } = answerAt(await agree(await browser.open(url)));
    const { access_token } = await tokensOf(await redeem(server, String(code)));
    expect(decodeJwt(access_token).acr).toBe(PWD);
    const refused = await pushed({ acr_values: NOBODY });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: 'unmet_authentication_requirements' });
  });

  test('of a device asks for the same', async () => {
    const { server } = await start();
    const begin = (parameters: Parameters) =>
      postAs(server, thirdParty, '/device_authorization', { scope, ...parameters });
    expect((await begin({ acr_values: PWD, max_age: '60' })).status).toBe(200);
    const refused = await begin({ acr_values: NOBODY });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: 'unmet_authentication_requirements' });
  });
});

describe('a user who was signed in without proof', () => {
  test('has a token that says nothing of a sign-in', async () => {
    const { tokens } = await start(ownApp);
    const claims = decodeJwt((await tokens()).access_token);
    expect(claims).not.toHaveProperty('acr');
    expect(claims).not.toHaveProperty('auth_time');
  });

  test.each<[what: string, parameters: Parameters]>([
    ['a class', { acr_values: PWD }],
    ['a recent sign-in', { max_age: '60' }],
    ['a class, with OpenID Connect', { acr_values: PWD, scope: 'openid current_time' }],
    ['a recent sign-in, with OpenID Connect', { max_age: '60', scope: 'openid current_time' }],
    ['a sign-in', { prompt: 'login' }],
  ])(
    'has to prove who they are where a request asks for %s, and is not asked in a circle',
    async (_what, parameters) => {
      const { ask, server, tokens } = await start(ownApp);
      await tokens();
      const page = await ask(parameters);
      expect(page.heading).toBe('Sign in');
      const end = await page.press('Sign in', { username: 'alice', password: 'wonderland' });
      const { code } = answerAt(end, ownApp);
      const { access_token } = await tokensOf(await redeem(server, String(code), ownApp));
      expect(decodeJwt(access_token)).toMatchObject({
        sub: 'alice',
        acr: PWD,
        auth_time: expect.any(Number),
      });
      // The session has it now.
      const { prompt: _, ...lasting } = parameters;
      expect(answerAt(await ask(lasting), ownApp)).toHaveProperty('code');
    },
  );

  test.each(['0', '00', '-0', '0x0'])(
    'has to prove who they are with max_age=%s, with OpenID Connect',
    async (max_age) => {
      const { ask, tokens } = await start(ownApp);
      await tokens();
      expect((await ask({ max_age, scope: 'openid current_time' })).heading).toBe('Sign in');
    },
  );

  test('does not take the place of one who has proved who they are, by a link that asks for a sign-in', async () => {
    const { ask } = await start(ownApp);
    await (await ask({ acr_values: PWD })).press('Sign in', { username: 'alice', password: 'wonderland' });
    for (const asked of [
      { prompt: 'login' },
      { max_age: '0' },
      { max_age: '0', scope: 'openid current_time' },
    ])
      expect((await ask({ ...asked, login_hint: 'mallory' })).heading).toBe('Sign in');
    expect(answerAt(await ask({ acr_values: PWD }), ownApp)).toHaveProperty('code');
  });

  test('may have parameters of any name beside them', async () => {
    const { ask } = await start(ownApp);
    const page = await ask({ max_age: '60', constructor: 'x', toString: 'x' } as unknown as Parameters);
    expect(page.heading).toBe('Sign in');
  });

  test('is not let through by prompt=none', async () => {
    const { ask, tokens } = await start(ownApp);
    await tokens();
    for (const parameters of [{ acr_values: PWD }, { max_age: '3600' }]) {
      const answer = answerAt(await ask({ ...parameters, prompt: 'none' }), ownApp);
      expect(answer).toMatchObject({ error: 'login_required' });
    }
  });

  test('is let in no more easily by a name of our own for the parameters', async () => {
    const { ask, tokens } = await start(ownApp);
    await tokens();
    // What the browser adds is dropped, and what was asked for counts.
    const page = await ask({ max_age: '60', oauth_max_age: '99999', oauth_acr_values: '' });
    expect(page.heading).toBe('Sign in');
  });
});

test('a refresh makes a sign-in neither more recent nor better', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const { server, tokens } = await start();
  const first = await tokens({ acr_values: PWD });
  const { auth_time } = decodeJwt(first.access_token);
  vi.setSystemTime(Date.now() + 10 * MINUTE);
  const parameters = { acr_values: NOBODY, max_age: '0' };
  const refreshed = await tokensOf(await refresh(server, first.refresh_token, thirdParty, parameters));
  expect(decodeJwt(refreshed.access_token)).toMatchObject({ auth_time, acr: PWD });
});

test('the password grant is a sign-in with a password', async () => {
  const server = await startAuthServer();
  const { acr, auth_time, iat } = decodeJwt(await accessToken(await server.requestToken({}, webapp)));
  expect({ acr, auth_time }).toEqual({ acr: PWD, auth_time: iat });
});

test('an ID token says the class that was asked for', async () => {
  const { tokens } = await start();
  const { id_token } = await tokens({ scope: 'openid current_time', acr_values: PWD });
  expect(decodeJwt(id_token).acr).toBe(PWD);
});

test.each(['on', 'off'])('introspection shows acr and auth_time, with FAST_PATH=%s', async (FAST_PATH) => {
  const server = await startAuthServer({ FAST_PATH });
  const token = await accessToken(await server.requestToken());
  const { auth_time } = decodeJwt(token);
  expect(await (await server.introspect(token)).json()).toMatchObject({ active: true, acr: PWD, auth_time });
});

test('discovery lists the classes', async () => {
  const { issuer } = await startAuthServer();
  for (const path of ['openid-configuration', 'oauth-authorization-server']) {
    const metadata = await (await fetch(`${issuer}/.well-known/${path}`)).json();
    expect(metadata).toMatchObject({ acr_values_supported: [PWD] });
  }
});
