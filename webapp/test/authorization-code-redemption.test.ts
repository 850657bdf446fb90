/** How the webapp handles the answers of the token endpoint to a code, and an API that refuses or is down. */
import { json } from 'shared/test/upstream.ts';
import { expectOutage, upstreamFailures } from 'shared/test/upstream-faults.ts';
import { describe, expect, test } from 'vitest';
import { startCodeFlow } from './authorization-server.ts';
import { TIMES, TOKEN_RESPONSE } from './webapp.ts';

const CALL = '/current_time?grant_type=authorization_code';

test('a refused code is a 400 problem that says to start again', async () => {
  const token = json({ error: 'invalid_grant', error_description: 'private' }, 400);
  const { visit, apiRequests } = await startCodeFlow({ token });
  const response = await visit(CALL);
  expect(response.status).toBe(400);
  const body = await response.json();
  expect(body).toMatchObject({ error: 'invalid_grant', detail: expect.stringContaining('Start again') });
  expect(JSON.stringify(body)).not.toContain('private');
  expect(apiRequests).toEqual([]);
});

test.each([
  ['invalid_client', 401],
  ['invalid_client', 400],
  ['invalid_request', 400],
  ['invalid_target', 400],
  ['unauthorized_client', 400],
])('%s with %i is a fault of the webapp: 502 that names it', async (error, status) => {
  const { visit, apiRequests } = await startCodeFlow({
    token: (_, res) => {
      // RFC 6749 §5.2: a client that used Basic gets a challenge.
      const challenge = status === 401 && { 'www-authenticate': 'Basic realm="token"' };
      res.writeHead(status, { 'content-type': 'application/json', ...challenge });
      res.end(JSON.stringify({ error, error_description: 'private' }));
    },
  });
  const response = await visit(CALL);
  expect(response.status).toBe(502);
  expect(response.headers.get('www-authenticate')).toBeNull();
  const body = await response.json();
  expect(body).toMatchObject({ error, detail: expect.stringContaining(error) });
  expect(JSON.stringify(body)).not.toContain('private');
  expect(apiRequests).toEqual([]);
});

test.each<[what: string, status: number, body: unknown]>([
  ['a DPoP token', 200, { ...TOKEN_RESPONSE, token_type: 'DPoP' }],
  ['a token of an unknown type', 200, { ...TOKEN_RESPONSE, token_type: 'mac' }],
  ['an empty token', 200, { ...TOKEN_RESPONSE, access_token: '' }],
  [
    'a token with bytes that were changed on the way',
    200,
    { ...TOKEN_RESPONSE, access_token: 'se\ufffdret' },
  ],
  ['a list', 200, [TOKEN_RESPONSE]],
  ['nothing to say', 204, undefined],
  ['a refusal without an error', 400, { message: 'no' }],
  ['too many requests', 429, { error: 'invalid_grant' }],
])('%s is an unusable answer: 502, and the API is not called', async (_, status, body) => {
  const { visit, apiRequests } = await startCodeFlow({ token: json(body, status) });
  await expectOutage(await visit(CALL), [502]);
  expect(apiRequests).toEqual([]);
});

test('an unusable answer is not quoted in the log', async () => {
  const { visit, lines } = await startCodeFlow({
    token: (_, res) => void res.end('secret-token is what this form begins with'),
  });
  await expectOutage(await visit(CALL), [502]);
  expect(lines).toContainEqual(expect.objectContaining({ event: 'upstream.failed' }));
  expect(JSON.stringify(lines)).not.toMatch(/secret|qwerty/);
});

test('the token type may be written in upper or lower case', async () => {
  const { visit } = await startCodeFlow({ token: json({ ...TOKEN_RESPONSE, token_type: 'bEARER' }) });
  expect((await visit(CALL)).status).toBe(200);
});

describe('when the token endpoint', () => {
  test.each(upstreamFailures(TOKEN_RESPONSE))('$what, the answer is $statuses', async (failure) => {
    const TOKEN_ENDPOINT = `${await failure.start()}/token`;
    const { visit, lines, apiRequests } = await startCodeFlow({ environment: { TOKEN_ENDPOINT } });
    await expectOutage(await visit(CALL), failure.statuses);
    expect(lines).toContainEqual(
      expect.objectContaining({ event: 'upstream.failed', upstream: 'auth server' }),
    );
    expect(JSON.stringify(lines)).not.toMatch(/secret-|qwerty/);
    expect(apiRequests).toEqual([]);
  });
});

test.each([401, 403])('a refusal by the API with %i comes through with its reason', async (status) => {
  const { visit } = await startCodeFlow({ api: json({ detail: 'The token is revoked.' }, status) });
  const response = await visit(CALL);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ status, detail: 'The token is revoked.' });
});

test('an API that is down is an outage', async () => {
  const { visit } = await startCodeFlow({ api: (_, res) => void res.writeHead(503).end() });
  await expectOutage(await visit(CALL), [503]);
});

describe('the callback never answers with HTML', () => {
  const html = '<h1>x</h1>';
  test.each<[what: string, scenario: Parameters<typeof startCodeFlow>[0]]>([
    ['when everything works', {}],
    ['when the error is HTML', { response: { error: html, error_description: html } }],
    ['when the error description is HTML', { response: { error: 'access_denied', error_description: html } }],
    ['when the issuer is HTML', { response: { iss: html } }],
    ['when the state is HTML', { response: { state: html } }],
    ['when the token endpoint answers HTML', { token: (_, res) => void res.end(html) }],
    ['when the token endpoint refuses in HTML', { token: json({ error: html }, 400) }],
    ['when the API answers HTML', { api: (_, res) => void res.end(html) }],
    ['when the API refuses in HTML', { api: json({ detail: html, ...TIMES.current_time }, 403) }],
  ])('%s', async (_, scenario) => {
    const { visit } = await startCodeFlow(scenario);
    const response = await visit(CALL, { accept: 'text/html' });
    expect(response.headers.get('content-type')).toMatch(/^application\/(problem\+)?json/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });
});
