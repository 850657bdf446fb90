/** Refresh tokens: which clients get them, and that each is used once (RFC 9700 §4.14). */
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { expectRefusal, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import {
  cli,
  cliRegistration,
  firstParty,
  isActive,
  refresh,
  type Tokens,
  thirdParty,
  tokensFor,
  tokensOf,
} from '../support/code-flow.ts';
import { slowArtifacts } from '../support/slow-store.ts';

const occasional = { id: 'occasional', secret: 'poiuy', redirectUri: 'https://occasional.example/callback' };
const occasionalRegistration = {
  client_id: occasional.id,
  client_secret: occasional.secret,
  grant_types: ['authorization_code', 'refresh_token'],
  redirect_uris: [occasional.redirectUri],
};

const start = async () =>
  startAuthServer(
    { CLIENTS_FILE: await temporaryFile([cliRegistration, occasionalRegistration]) },
    { artifacts: slowArtifacts() },
  );

describe.each([
  ['a confidential client', thirdParty],
  ['a public client', cli],
])('the refresh token of %s', (_what, client) => {
  test('is replaced at each use, and gives tokens of the same user and scope', async () => {
    const server = await start();
    const first = await tokensFor(server, client);
    const second = await tokensOf(await refresh(server, first.refresh_token, client));
    const third = await tokensOf(await refresh(server, second.refresh_token, client));
    expect(new Set([first, second, third].map(({ refresh_token }) => refresh_token)).size).toBe(3);
    expect(decodeJwt(third.access_token)).toMatchObject({ sub: 'alice', scope: 'current_time' });
    expect(await isActive(server, third.access_token)).toBe(true);
  });

  test('ends the whole family and its access tokens when it is used again', async () => {
    const server = await start();
    const first = await tokensFor(server, client);
    const second = await tokensOf(await refresh(server, first.refresh_token, client));
    await expectRefusal(await refresh(server, first.refresh_token, client), 400, 'invalid_grant');
    await expectRefusal(await refresh(server, second.refresh_token, client), 400, 'invalid_grant');
    expect(await isActive(server, first.access_token)).toBe(false);
    expect(await isActive(server, second.access_token)).toBe(false);
  });

  test('is accepted from at most one of ten callers at once, and its family then ends', async () => {
    const server = await start();
    const { refresh_token } = await tokensFor(server, client);
    const responses = await Promise.all(
      Array.from({ length: 10 }, () => refresh(server, refresh_token, client)),
    );
    const winners = responses.filter(({ status }) => status === 200);
    expect(winners.length).toBeLessThanOrEqual(1);
    for (const response of responses.filter(({ status }) => status !== 200)) {
      await expectRefusal(response, 400, 'invalid_grant');
    }
    for (const winner of winners) {
      const { access_token, refresh_token: next } = (await winner.json()) as Tokens;
      expect(await isActive(server, access_token)).toBe(false);
      await expectRefusal(await refresh(server, next, client), 400, 'invalid_grant');
    }
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
