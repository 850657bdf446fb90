/** Refused authorization requests: the client is told if its redirect URI is registered, and else a page tells the user. */
import { describe, expect, test } from 'vitest';
import { batch, batchRegistration, startAuthServer, temporaryFile } from '../support/auth-server.ts';
import { answerAt, authorizationUrl, firstParty, thirdParty } from '../support/code-flow.ts';
import { UserAgent } from '../support/user-agent.ts';

async function ask(parameters: Record<string, string | undefined>, client = firstParty) {
  const { issuer } = await startAuthServer({ CLIENTS_FILE: await temporaryFile([batchRegistration]) });
  const page = await new UserAgent(issuer).open(authorizationUrl(issuer, client, parameters));
  return { page, issuer };
}

describe('a page, and no redirect, answers', () => {
  test.each([
    'http://localhost:5003/callback/',
    'http://localhost:5003/callback?next=x',
    'http://localhost:5003/callback#x',
    'http://localhost:5003/Callback',
    'http://localhost:5003/',
    'http://localhost:5004/callback',
    'http://localhost/callback',
    'http://127.0.0.1:5003/callback',
    'https://localhost:5003/callback',
    'http://localhost:5003@evil.example/callback',
    'https://evil.example/callback',
    'javascript:alert(1)',
    undefined,
  ])('the redirect URI %s', async (redirect_uri) => {
    const { page } = await ask({ redirect_uri });
    expect(page.target).toBeUndefined();
    expect(page.response.status).toBe(400);
    expect(page.response.headers.get('content-type')).toMatch(/^text\/html\b/);
    expect(page.heading).toBe('This did not work');
    expect(page.html).not.toContain('evil.example');
  });

  test.each([
    ['an unknown client', { client_id: 'nobody' }],
    ['no client', { client_id: undefined }],
    ['markup for a client', { client_id: '<script>alert(1)</script>' }],
    ['a client without the code flow', { client_id: batch.id }],
  ])('%s', async (_what, parameters) => {
    const { page } = await ask(parameters);
    expect(page.target).toBeUndefined();
    expect(page.response.status).toBe(400);
    expect(page.heading).toBe('This did not work');
    expect(page.html).not.toContain('<script');
  });
});

describe.each([
  ['a first-party client', firstParty],
  ['a third-party client', thirdParty],
])('%s is told', (_who, client) => {
  test.each([
    ['invalid_request', 'no PKCE', { code_challenge: undefined, code_challenge_method: undefined }],
    ['invalid_request', 'plain PKCE', { code_challenge_method: 'plain' }],
    ['invalid_request', 'PKCE without a method, which would be plain', { code_challenge_method: undefined }],
    ['invalid_scope', 'an unknown scope', { scope: 'date' }],
    ['invalid_scope', 'an unknown scope beside a known one', { scope: 'current_time date' }],
    ['invalid_target', 'an unknown resource', { resource: 'https://other.example' }],
    ['invalid_request', 'no response type', { response_type: undefined }],
  ])('%s for %s', async (error, _what, parameters) => {
    const { page, issuer } = await ask(parameters, client);
    const answer = answerAt(page, client);
    expect(answer).toMatchObject({ error, state: 'the-state', iss: issuer });
    expect(answer).not.toHaveProperty('code');
  });

  test.each(['token', 'id_token', 'code id_token', 'code token', 'id_token token', 'none'])(
    'unsupported_response_type for %s',
    async (response_type) => {
      const { page, issuer } = await ask({ response_type }, client);
      const { target } = page;
      expect(target && target.origin + target.pathname).toBe(client.redirectUri);
      // The answer to a request for a token is in the fragment (OAuth 2.0 Multiple Response Types §5).
      const answer = new URLSearchParams(target?.hash.slice(1) || target?.search);
      const told = { error: 'unsupported_response_type', state: 'the-state', iss: issuer };
      expect(Object.fromEntries(answer)).toMatchObject(told);
      for (const secret of ['code', 'access_token', 'id_token']) expect(answer.has(secret)).toBe(false);
    },
  );

  test('invalid_request for a repeated parameter', async () => {
    const { issuer } = await startAuthServer();
    const url = authorizationUrl(issuer, client);
    url.searchParams.append('scope', 'epoch_time');
    expect(answerAt(await new UserAgent(issuer).open(url), client)).toMatchObject({
      error: 'invalid_request',
    });
  });
});

test('a caller that accepts JSON is refused in JSON', async () => {
  const { issuer } = await startAuthServer();
  const url = authorizationUrl(issuer, firstParty, { redirect_uri: 'https://evil.example/' });
  const response = await fetch(url, { redirect: 'manual', headers: { accept: 'application/json' } });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: 'invalid_redirect_uri' });
});

test('a caller that accepts anything, such as curl, is not sent a page', async () => {
  const { issuer } = await startAuthServer();
  const url = authorizationUrl(issuer, firstParty, { redirect_uri: 'https://evil.example/' });
  const response = await fetch(url, { redirect: 'manual', headers: { accept: '*/*' } });
  expect(response.headers.get('content-type')).toMatch(/^application\/json\b/);
});

test('a request that is posted, and too long to be repeated in an address, is refused in words', async () => {
  const { issuer } = await startAuthServer();
  const post = (length: number) =>
    fetch(`${issuer}/authorize`, {
      method: 'POST',
      headers: { accept: 'text/html' },
      body: authorizationUrl(issuer, thirdParty, { state: 'x'.repeat(length) }).searchParams,
      redirect: 'manual',
    });
  const refused = await post(20_000);
  expect(refused.status).toBe(413);
  expect(await refused.text()).toContain(
    'The parameters of this request are longer than 12288 characters together.',
  );
  const taken = await post(11_000);
  expect(taken.status).toBe(303);
  const next = await fetch(new URL(taken.headers.get('location') ?? '', issuer), { redirect: 'manual' });
  expect(next.headers.get('location')).toMatch(/^\/interaction\//);
});

test('a request whose address is too long is refused in words', async () => {
  const { issuer } = await startAuthServer();
  const refused = await fetch(authorizationUrl(issuer, thirdParty, { state: 'x'.repeat(20_000) }));
  expect(refused.status).toBe(431);
  expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('larger than 16384 bytes') });
});
