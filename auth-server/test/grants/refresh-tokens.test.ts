/** Refresh tokens: which clients get them, and how they are renewed (RFC 9700 §4.14). */
import { decodeJwt } from 'jose';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { expectRefusal, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import {
  answerAt,
  authorizationUrl,
  cli,
  cliRegistration,
  firstParty,
  isActive,
  postAs,
  redeem,
  refresh,
  type Tokens,
  thirdParty,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { metadata, type Registered, redirectUri, startRegistry } from '../support/registry.ts';
import { slowArtifacts } from '../support/slow-store.ts';
import { UserAgent } from '../support/user-agent.ts';

const occasional = { id: 'occasional', secret: 'poiuy', redirectUri: 'https://occasional.example/callback' };
const occasionalRegistration = {
  client_id: occasional.id,
  client_secret: occasional.secret,
  grant_types: ['authorization_code', 'refresh_token'],
  redirect_uris: [occasional.redirectUri],
};

afterEach(() => void vi.useRealTimers());

const start = async (settings: Record<string, string> = {}) =>
  startAuthServer(
    { CLIENTS_FILE: await temporaryFile([cliRegistration, occasionalRegistration]), ...settings },
    { artifacts: slowArtifacts() },
  );

const DAY = 24 * 60 * 60;
const SIX = Array.from({ length: 6 });

describe('the refresh token of a confidential client', () => {
  test('stays the same at each use, and gives tokens of the same user and scope', async () => {
    const server = await start();
    const first = await tokensFor(server, thirdParty);
    for (const _use of [1, 2]) {
      const next = await tokensOf(await refresh(server, first.refresh_token));
      expect(next.refresh_token).toBe(first.refresh_token);
      expect(decodeJwt(next.access_token)).toMatchObject({ sub: 'alice', scope: 'current_time' });
      expect(await isActive(server, next.access_token)).toBe(true);
    }
  });

  test('is good for 14 days from its last use, to within a day', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const server = await start();
    const { refresh_token } = await tokensFor(server, thirdParty);
    for (const _use of [1, 2, 3]) {
      vi.setSystemTime(Date.now() + 13 * DAY * 1_000);
      await tokensOf(await refresh(server, refresh_token));
    }
    vi.setSystemTime(Date.now() + 14.1 * DAY * 1_000);
    await expectRefusal(await refresh(server, refresh_token), 400, 'invalid_grant');
  });

  test('is not good for longer because of a use that was refused', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const server = await start();
    const { refresh_token } = await tokensFor(server, thirdParty);
    vi.setSystemTime(Date.now() + 13 * DAY * 1_000);
    const refused = await refresh(server, refresh_token, thirdParty, { resource: 'https://other.example' });
    await expectRefusal(refused, 400, 'invalid_target');
    vi.setSystemTime(Date.now() + 1.1 * DAY * 1_000);
    await expectRefusal(await refresh(server, refresh_token), 400, 'invalid_grant');
  });

  test('is replaced at each use where the operator wants that', async () => {
    const server = await start({ REFRESH_TOKEN_ROTATION: 'all', REFRESH_TOKEN_OVERLAP_SECONDS: '0' });
    const first = await tokensFor(server, thirdParty);
    const second = await tokensOf(await refresh(server, first.refresh_token));
    expect(second.refresh_token).not.toBe(first.refresh_token);
    await expectRefusal(await refresh(server, first.refresh_token), 400, 'invalid_grant');
    await expectRefusal(await refresh(server, second.refresh_token), 400, 'invalid_grant');
  });
});

describe('the refresh token of a public client', () => {
  test('is replaced at each use, and gives tokens of the same user and scope', async () => {
    const server = await start();
    const first = await tokensFor(server, cli);
    const second = await tokensOf(await refresh(server, first.refresh_token, cli));
    const third = await tokensOf(await refresh(server, second.refresh_token, cli));
    expect(new Set([first, second, third].map(({ refresh_token }) => refresh_token)).size).toBe(3);
    expect(decodeJwt(third.access_token)).toMatchObject({ sub: 'alice', scope: 'current_time' });
    expect(await isActive(server, third.access_token)).toBe(true);
  });

  test.each([
    ['10 seconds', {}, 10],
    ['as long as the operator says', { REFRESH_TOKEN_OVERLAP_SECONDS: '30' }, 30],
  ])(
    'is answered for %s after it was replaced, and each answer stays good',
    async (_what, settings, overlap) => {
      vi.useFakeTimers({ toFake: ['Date'] });
      const server = await start(settings);
      const first = await tokensFor(server, cli);
      const second = await tokensOf(await refresh(server, first.refresh_token, cli));
      vi.setSystemTime(Date.now() + (overlap - 1) * 1_000);
      const again = await tokensOf(await refresh(server, first.refresh_token, cli));
      vi.setSystemTime(Date.now() + 60_000);
      for (const { refresh_token } of [second, again]) {
        const { access_token } = await tokensOf(await refresh(server, refresh_token, cli));
        expect(await isActive(server, access_token)).toBe(true);
      }
    },
  );

  test('ends the grant and all tokens that came of it when it is used again after that', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const server = await start();
    const first = await tokensFor(server, cli);
    const second = await tokensOf(await refresh(server, first.refresh_token, cli));
    // Whoever uses it meanwhile does not make the time longer.
    vi.setSystemTime(Date.now() + 9_000);
    const third = await tokensOf(await refresh(server, first.refresh_token, cli));
    vi.setSystemTime(Date.now() + 1_500);
    await expectRefusal(await refresh(server, first.refresh_token, cli), 400, 'invalid_grant');
    for (const { refresh_token, access_token } of [second, third]) {
      expect(await isActive(server, access_token)).toBe(false);
      await expectRefusal(await refresh(server, refresh_token, cli), 400, 'invalid_grant');
    }
  });

  test('ends them at once when the operator wants no overlap', async () => {
    const server = await start({ REFRESH_TOKEN_OVERLAP_SECONDS: '0' });
    const first = await tokensFor(server, cli);
    const second = await tokensOf(await refresh(server, first.refresh_token, cli));
    await expectRefusal(await refresh(server, first.refresh_token, cli), 400, 'invalid_grant');
    await expectRefusal(await refresh(server, second.refresh_token, cli), 400, 'invalid_grant');
    expect(await isActive(server, second.access_token)).toBe(false);
  });

  test('is refused to another client in that time, which changes nothing', async () => {
    const server = await start();
    const first = await tokensFor(server, cli);
    const second = await tokensOf(await refresh(server, first.refresh_token, cli));
    await expectRefusal(await refresh(server, first.refresh_token, thirdParty), 400, 'invalid_grant');
    await tokensOf(await refresh(server, second.refresh_token, cli));
  });

  test('is refused in that time once the grant was revoked', async () => {
    const server = await start();
    const first = await tokensFor(server, cli);
    const second = await tokensOf(await refresh(server, first.refresh_token, cli));
    await postAs(server, cli, '/revoke', { token: second.refresh_token });
    await expectRefusal(await refresh(server, first.refresh_token, cli), 400, 'invalid_grant');
  });

  test('is accepted from at most one of ten callers at once without an overlap, and its family then ends', async () => {
    const server = await start({ REFRESH_TOKEN_OVERLAP_SECONDS: '0' });
    const { refresh_token } = await tokensFor(server, cli);
    const responses = await Promise.all(
      Array.from({ length: 10 }, () => refresh(server, refresh_token, cli)),
    );
    const winners = responses.filter(({ status }) => status === 200);
    expect(winners.length).toBeLessThanOrEqual(1);
    for (const response of responses.filter(({ status }) => status !== 200)) {
      await expectRefusal(response, 400, 'invalid_grant');
    }
    for (const winner of winners) {
      const { access_token, refresh_token: next } = (await winner.json()) as Tokens;
      expect(await isActive(server, access_token)).toBe(false);
      await expectRefusal(await refresh(server, next, cli), 400, 'invalid_grant');
    }
  });
});

describe.each([
  ['a confidential client', thirdParty],
  ['a public client', cli],
])('the refresh token of %s', (_what, client) => {
  test('refreshes six times at once, and then goes on with any of the answers', async () => {
    const server = await start();
    const { refresh_token } = await tokensFor(server, client);
    const answers = await Promise.all(SIX.map(() => refresh(server, refresh_token, client)));
    const six = await Promise.all(answers.map(tokensOf));
    for (const { access_token } of six) expect(await isActive(server, access_token)).toBe(true);
    for (const one of six) await tokensOf(await refresh(server, one.refresh_token, client));
  });

  test('gives a narrower scope on request, and the full scope again later', async () => {
    const server = await start();
    const first = await tokensFor(server, client, { scope: 'current_time epoch_time' });
    const narrow = await tokensOf(
      await refresh(server, first.refresh_token, client, { scope: 'epoch_time' }),
    );
    expect(narrow.scope).toBe('epoch_time');
    expect(decodeJwt(narrow.access_token)).toMatchObject({ scope: 'epoch_time' });
    const whole = await tokensOf(await refresh(server, narrow.refresh_token, client));
    expect(decodeJwt(whole.access_token)).toMatchObject({ scope: 'current_time epoch_time' });
  });

  test('never gives a wider scope', async () => {
    const server = await start();
    const { refresh_token } = await tokensFor(server, client);
    const wider = await refresh(server, refresh_token, client, { scope: 'current_time epoch_time' });
    await expectRefusal(wider, 400, 'invalid_scope');
  });
});

test('a refresh token is refused to another client', async () => {
  const server = await start();
  const { refresh_token } = await tokensFor(server, thirdParty);
  await expectRefusal(await refresh(server, refresh_token, cli), 400, 'invalid_grant');
});

describe('a client that is not registered to always get a refresh token', () => {
  test('gets none without asking', async () => {
    expect(await tokensFor(await start(), occasional)).not.toHaveProperty('refresh_token');
  });

  test('gets one for offline_access', async () => {
    const server = await start();
    const scope = 'openid offline_access current_time';
    const { refresh_token } = await tokensFor(server, occasional, { scope, prompt: 'consent' });
    await tokensOf(await refresh(server, refresh_token, occasional));
  });
});

test('a first-party client gets no refresh token, whatever it asks for', async () => {
  const server = await start();
  for (const asked of [{}, { prompt: 'consent' }]) {
    expect(await tokensFor(server, firstParty, asked)).not.toHaveProperty('refresh_token');
  }
});

describe('a client that registered itself', () => {
  const registeredWith = async (more: object = {}) => {
    const { server, register } = await startRegistry();
    const response = await register({ ...metadata, token_endpoint_auth_method: 'none', ...more });
    const { client_id: id } = (await response.json()) as Registered;
    return { server, client: { id, redirectUri } };
  };
  const KEPT = 'Keep this access while you are away';

  test('for the grant gets a refresh token without asking for offline_access, and its user is told', async () => {
    const { server, client } = await registeredWith();
    const browser = new UserAgent(server.issuer);
    const page = await browser.open(authorizationUrl(server.issuer, client));
    const consent = await page.press('Sign in', { username: 'alice', password: 'wonderland' });
    expect(consent.items).toEqual([KEPT, 'See the current time']);
    const { code = '' } = answerAt(await consent.press('Allow'), client);
    const first = await tokensOf(await redeem(server, code, client));
    expect(first.scope).toBe('current_time');
    const second = await tokensOf(await refresh(server, first.refresh_token, client));
    expect(second.refresh_token).not.toBe(first.refresh_token);
    // It is told once.
    const again = await browser.open(authorizationUrl(server.issuer, client, { scope: 'epoch_time' }));
    expect(again.items[0]).toBe('See the time as seconds since 1970');
  });

  test('keeps its access when its user signs out, as the page has said', async () => {
    const { server, client } = await registeredWith();
    const browser = new UserAgent(server.issuer);
    const { refresh_token } = await tokensFor(server, client, {}, browser);
    const end = await browser.open('/logout');
    await end.press(end.buttons[0] ?? '');
    await tokensOf(await refresh(server, refresh_token, client));
  });

  test('without the grant gets none, and its user is told nothing of it', async () => {
    const { server, client } = await registeredWith({ grant_types: ['authorization_code'] });
    const browser = new UserAgent(server.issuer);
    const page = await browser.open(authorizationUrl(server.issuer, client));
    const consent = await page.press('Sign in', { username: 'alice', password: 'wonderland' });
    expect(consent.items).toEqual(['See the current time']);
    const { code = '' } = answerAt(await consent.press('Allow'), client);
    expect(await tokensOf(await redeem(server, code, client))).not.toHaveProperty('refresh_token');
  });
});

test('a client of the operator gets no refresh token without asking for offline_access, also where a user has allowed that once', async () => {
  const server = await start();
  const browser = new UserAgent(server.issuer);
  const scope = 'current_time offline_access';
  await tokensFor(server, occasional, { scope, prompt: 'consent' }, browser);
  expect(await tokensFor(server, occasional, {}, browser)).not.toHaveProperty('refresh_token');
});
