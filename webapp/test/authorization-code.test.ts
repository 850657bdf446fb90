/** The requests and the answers of the authorization code flow when nothing goes wrong. */
import { calculatePKCECodeChallenge } from 'oauth4webapi';
import { describe, expect, test } from 'vitest';
import { Browser, locationOf, startCodeFlow } from './authorization-server.ts';
import { basic, TIMES } from './webapp.ts';

const CURRENT = '/current_time?grant_type=authorization_code';
const EPOCH = '/epoch_time?grant_type=authorization_code';

describe('a browser that follows the redirects gets', () => {
  test('the time as JSON', async () => {
    const { visit } = await startCodeFlow();
    const response = await visit(CURRENT);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.text()).toBe(`${JSON.stringify(TIMES.current_time)}\n`);
  });

  test('the time as text when the first request asked for text, whatever the callback asks for', async () => {
    const { visit } = await startCodeFlow();
    const response = await visit(EPOCH, { accept: 'text/plain' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await response.text()).toBe(`${TIMES.epoch_time.epoch_time}\n`);
  });

  test('an answer that is not stored or sniffed, and does not leak the code in a Referer', async () => {
    const { visit } = await startCodeFlow();
    const { headers } = await visit(CURRENT);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });
});

describe('the redirect to the authorization endpoint', () => {
  test('is a 303 with the parameters of RFC 6749, 7636 and 8707, and the scope of the endpoint only', async () => {
    const { base, issuer, api, redirectUri } = await startCodeFlow();
    const response = await new Browser().get(`${base}${EPOCH}`);
    expect(response.status).toBe(303);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    const location = new URL(locationOf(response));
    expect(location.origin + location.pathname).toBe(`${issuer}/authorize`);
    expect(Object.fromEntries(location.searchParams)).toEqual({
      response_type: 'code',
      client_id: '1234',
      redirect_uri: redirectUri,
      scope: 'epoch_time',
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      resource: api,
      login_hint: 'bob',
    });
  });

  test('suggests the user of the call, and has no password', async () => {
    const { base, authorizationRequests, visit } = await startCodeFlow();
    const response = await new Browser().get(`${base}${CURRENT}`, basic('älice & co:wonderland'));
    expect(locationOf(response)).not.toContain('wonderland');
    await visit(CURRENT, basic('älice & co:wonderland'));
    expect(authorizationRequests).toMatchObject([{ login_hint: 'älice & co' }]);
  });

  test('goes to the AUTHORIZATION_ENDPOINT of the settings', async () => {
    const { base } = await startCodeFlow({
      environment: { AUTHORIZATION_ENDPOINT: 'https://login.example/oauth2/authorize' },
    });
    const response = await new Browser().get(`${base}${CURRENT}`);
    expect(locationOf(response)).toMatch(/^https:\/\/login\.example\/oauth2\/authorize\?response_type=code&/);
  });

  test('is the same for HEAD', async () => {
    const { base } = await startCodeFlow();
    const response = await fetch(`${base}${CURRENT}`, { method: 'HEAD', redirect: 'manual' });
    expect(response.status).toBe(303);
    expect(locationOf(response)).toContain('response_type=code');
  });
});

describe('the code', () => {
  test('is redeemed with the client, the redirect URI, the resource, and the verifier of the challenge', async () => {
    const { visit, authorizationRequests, redemptions, redeemed, redirectUri, api } = await startCodeFlow();
    await visit(CURRENT);
    expect(redeemed()).toEqual([
      {
        grant_type: 'authorization_code',
        code: 'secret-code-1',
        redirect_uri: redirectUri,
        resource: api,
        code_verifier: expect.stringMatching(/^[\w.~-]{43,128}$/),
      },
    ]);
    expect(redemptions()).toMatchObject([
      { method: 'POST', url: '/token', headers: { authorization: `Basic ${btoa('1234:qwerty')}` } },
    ]);
    const challenge = await calculatePKCECodeChallenge(String(redeemed()[0]?.code_verifier));
    expect(challenge).toBe(authorizationRequests[0]?.code_challenge);
  });

  test('gives a token that is used once, for the endpoint of the call', async () => {
    const { visit, apiRequests } = await startCodeFlow();
    await visit(CURRENT);
    await visit(EPOCH);
    expect(apiRequests.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/current_time', 'Bearer secret-token-1'],
      ['/epoch_time', 'Bearer secret-token-2'],
    ]);
  });

  test('is redeemed within the trace of the callback', async () => {
    const { begin, redemptions, apiRequests } = await startCodeFlow();
    const browser = new Browser();
    const { callback } = await begin(browser);
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const response = await browser.get(callback, { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
    expect(response.headers.get('x-request-id')).toBe(traceId);
    const ids = [...redemptions(), ...apiRequests].map(
      ({ headers }) => String(headers.traceparent).split('-')[1],
    );
    expect(ids).toEqual([traceId, traceId]);
  });
});

test('each call is a new flow with secrets of its own', async () => {
  const { visit, authorizationRequests, redeemed } = await startCodeFlow();
  for (let call = 0; call < 3; call++) await visit(CURRENT);
  for (const member of ['state', 'code_challenge']) {
    expect(new Set(authorizationRequests.map((request) => request[member])).size).toBe(3);
  }
  expect(new Set(redeemed().map(({ code_verifier }) => code_verifier)).size).toBe(3);
});

test('the callback ignores credentials, which curl sends there too', async () => {
  const { begin } = await startCodeFlow();
  const browser = new Browser();
  const { callback } = await begin(browser);
  expect((await browser.get(callback, { authorization: 'Basic ?' })).status).toBe(200);
});

test('the log has the client and the user of the call, and no code, state, token or cookie', async () => {
  const { begin, lines, authorizationRequests } = await startCodeFlow();
  const browser = new Browser();
  const { callback } = await begin(browser);
  const secrets = [...browser.cookies].map(([name, { value }]) => `${name}|${value}`);
  await browser.get(callback);
  const calls = lines.filter(({ event }) => event === 'http.request');
  expect(calls).toMatchObject([
    { path: '/current_time', status: 303, clientId: '1234', user: 'bob' },
    { path: '/callback', status: 200, clientId: '1234' },
  ]);
  expect(JSON.stringify(lines)).not.toMatch(
    new RegExp(`secret-|qwerty|${authorizationRequests[0]?.state}|${secrets.join('|')}`),
  );
});
