/** How the webapp answers authorization responses without a usable code (RFC 6749 §4.1.2.1, RFC 9207). */
import { describe, expect, test } from 'vitest';
import { Browser, startCodeFlow } from './authorization-server.ts';

const CALL = '/current_time?grant_type=authorization_code';

async function refusedWith(response: Record<string, string | undefined>) {
  const { visit, redeemed, apiRequests } = await startCodeFlow({ response });
  const answer = await visit(CALL, { accept: 'text/html' });
  expect(redeemed()).toEqual([]);
  expect(apiRequests).toEqual([]);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  return { answer, body: (await answer.json()) as Record<string, unknown> };
}

test.each<[what: string, response: Record<string, string | undefined>]>([
  ['no iss', { iss: undefined }],
  ['an empty iss', { iss: '' }],
  ['the iss of another issuer', { iss: 'https://issuer.example' }],
  ['an error without iss', { iss: undefined, code: undefined, error: 'access_denied' }],
  ['an error of another issuer', { iss: 'https://issuer.example', code: undefined, error: 'access_denied' }],
  ['no code', { code: undefined }],
  ['an empty code', { code: '' }],
  ['a token', { access_token: 'x', code: undefined }],
  ['an ID token', { id_token: 'x' }],
  ['a JWT (JARM)', { response: 'x' }],
  ['an error of other characters', { code: undefined, error: 'érror' }],
  ['an error that never ends', { code: undefined, error: 'e'.repeat(101) }],
  ['an error in HTML', { code: undefined, error: '<a href="x">' }],
])('%s is a 400 problem, and no code is redeemed', async (_, response) => {
  const { answer, body } = await refusedWith(response);
  expect(answer.status).toBe(400);
  expect(Object.keys(body).sort()).toEqual(['detail', 'request_id', 'status', 'title', 'type']);
  expect(body.detail).toContain('not a valid response of the authorization server');
});

test('an iss that is the same URL as the issuer, but not the same text, is refused', async () => {
  const { begin, redeemed, issuer } = await startCodeFlow();
  const browser = new Browser();
  const url = new URL((await begin(browser)).callback);
  url.searchParams.set('iss', `${issuer}/`);
  expect((await browser.get(url.href)).status).toBe(400);
  expect(redeemed()).toEqual([]);
});

test.each<[what: string, status: number, request: RequestInit]>([
  ['HEAD', 405, { method: 'HEAD' }],
  ['a prefetch', 403, { headers: { 'sec-purpose': 'prefetch' } }],
  ['a prerender', 403, { headers: { 'sec-purpose': 'prefetch;prerender' } }],
  ['a prefetch of an older browser', 403, { headers: { purpose: 'prefetch' } }],
])('%s spends neither the code nor the flow', async (_what, status, request) => {
  const { begin, redeemed } = await startCodeFlow();
  const browser = new Browser();
  const { callback } = await begin(browser);
  const cookie = [...browser.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
  const ahead = await fetch(callback, { ...request, headers: { ...request.headers, cookie } });
  expect(ahead.status).toBe(status);
  expect(ahead.headers.get('cache-control')).toBe('no-store');
  expect(ahead.headers.getSetCookie()).toEqual([]);
  expect(redeemed()).toEqual([]);
  expect((await browser.get(callback)).status).toBe(200);
});

test('a response that is posted is 405', async () => {
  const { begin, redeemed } = await startCodeFlow();
  const { callback } = await begin(new Browser());
  expect((await fetch(callback, { method: 'POST' })).status).toBe(405);
  expect(redeemed()).toEqual([]);
});

test.each(['code', 'iss', 'error'])('a response that has %s twice is a 400 problem', async (name) => {
  const { begin, redeemed } = await startCodeFlow(name === 'error' ? { response: { error: 'x' } } : {});
  const browser = new Browser();
  const url = new URL((await begin(browser)).callback);
  url.searchParams.append(name, String(url.searchParams.get(name)));
  expect((await browser.get(url.href)).status).toBe(400);
  expect(redeemed()).toEqual([]);
});

describe('an error response', () => {
  test.each([
    ['invalid_scope', 400],
    ['invalid_request', 400],
    ['unauthorized_client', 400],
    ['unsupported_response_type', 400],
    ['invalid_target', 400],
    ['login_required', 400],
    ['access_denied', 403],
    ['server_error', 502],
    ['temporarily_unavailable', 503],
  ])('%s is a %i problem that names it', async (error, status) => {
    const { answer, body } = await refusedWith({ code: undefined, error });
    expect(answer.status).toBe(status);
    expect(body).toMatchObject({ status, error, detail: expect.stringContaining(error) });
    expect(body).not.toHaveProperty('error_description');
  });

  test('counts as an error even when it also has a code', async () => {
    const { answer } = await refusedWith({ error: 'access_denied' });
    expect(answer.status).toBe(403);
  });

  test.each<[what: string, given: string, shown: string | undefined]>([
    ['passed on', "the scope 'x' is not offered", "the scope 'x' is not offered"],
    ['passed on as JSON when it is HTML', '<script>alert(1)</script>', '<script>alert(1)</script>'],
    ['cut to 200 characters', 'd'.repeat(300), 'd'.repeat(200)],
    ['dropped when it has a quote', 'a "quote"', undefined],
    ['dropped when it has a backslash', 'a \\ in it', undefined],
    ['dropped when it has a newline', 'two\nlines', undefined],
    ['dropped when it is not ASCII', 'größer', undefined],
    ['dropped when it is empty', '', undefined],
  ])('has its description %s', async (_, error_description, shown) => {
    const { answer, body } = await refusedWith({
      code: undefined,
      error: 'invalid_scope',
      error_description,
    });
    expect(answer.status).toBe(400);
    expect(body.error_description).toBe(shown);
    expect(body.detail).not.toContain(error_description || 'undefined');
  });

  test('ends the flow: a code that comes after it is not redeemed', async () => {
    const { begin, redeemed } = await startCodeFlow({ response: { error: 'access_denied' } });
    const browser = new Browser();
    const url = new URL((await begin(browser)).callback);
    const cookie = [...browser.cookies].map(([name, { value }]) => `${name}=${value}`).join();
    expect((await browser.get(url.href)).status).toBe(403);
    url.searchParams.delete('error');
    expect((await fetch(url, { headers: { cookie } })).status).toBe(400);
    expect(redeemed()).toEqual([]);
  });
});
