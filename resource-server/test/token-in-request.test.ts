/** How a token must be presented (RFC 6750 §2), and the answers to requests that present it otherwise. */
import { parsed, sendLines } from 'shared/test/raw-http.ts';
import { describe, expect, test } from 'vitest';
import { challengeOf, RESOURCE, startWithToken, tokenOf } from './resource-server.ts';

const resource_metadata = `${RESOURCE}/.well-known/oauth-protected-resource`;

describe('a request without a Bearer token', () => {
  test.each<[what: string, headers: Record<string, string>]>([
    ['no Authorization header', {}],
    ['another scheme', { authorization: `Basic ${btoa('alice:wonderland')}` }],
    ['a scheme that only begins like Bearer', { authorization: 'BearerToken a-token' }],
  ])('gets a bare challenge: %s', async (_, headers) => {
    const { get, asked } = await startWithToken(tokenOf());
    const response = await get('/current_time', headers);
    expect(response.status).toBe(401);
    expect(challengeOf(response)).toEqual({ resource_metadata });
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await response.json()).toEqual({
      type: 'about:blank',
      status: 401,
      title: 'Unauthorized',
      detail: expect.any(String),
      request_id: response.headers.get('x-request-id'),
    });
    expect(asked).toEqual([]);
  });
});

describe('a malformed request is 400 invalid_request', () => {
  test.each<[what: string, path: string, headers: Record<string, string>]>([
    ['the token in the query', '/current_time?access_token=a-token', {}],
    ['a token in the query beside the header', '/current_time?access_token=a', { authorization: 'Bearer a' }],
    ['the token behind a second question mark', '/current_time?a=?&access_token=a-token', {}],
    ['an empty token in the query', '/current_time?access_token', { authorization: 'Bearer a' }],
    ['Bearer with nothing', '/current_time', { authorization: 'Bearer' }],
    ['Bearer with two parts', '/current_time', { authorization: 'Bearer one two' }],
  ])('%s', async (_, path, headers) => {
    const { get, asked } = await startWithToken(tokenOf());
    await expectInvalidRequest(await get(path, headers));
    expect(asked).toEqual([]);
  });

  test.each([
    ['the same token twice', 'Authorization: Bearer a', 'Authorization: Bearer a'],
    ['a token beside other credentials', 'Authorization: Basic YTpi', 'authorization: Bearer a'],
  ])('two Authorization headers: %s', async (_, ...headers) => {
    const { base, asked } = await startWithToken(tokenOf());
    const request = ['GET /current_time HTTP/1.1', 'Host: localhost', 'Connection: close', ...headers];
    const { status, headers: answered, body } = parsed(await sendLines(base, ...request));
    await expectInvalidRequest(new Response(body, { status, headers: answered }));
    expect(asked).toEqual([]);
  });

  async function expectInvalidRequest(response: Response) {
    expect(response.status).toBe(400);
    expect(challengeOf(response)).toEqual({
      error: 'invalid_request',
      error_description: expect.any(String),
      resource_metadata,
    });
    expect(await response.json()).toMatchObject({
      status: 400,
      title: 'Bad Request',
      detail: expect.any(String),
      error: 'invalid_request',
    });
  }
});

test.each(['a,b', 'a"b', '{}', '=', 'a=b', '%41'])(
  'a malformed token (%s) is 401 invalid_token without introspection',
  async (token) => {
    const { getWithToken, asked } = await startWithToken(tokenOf());
    const response = await getWithToken('/current_time', token);
    expect(response.status).toBe(401);
    expect(challengeOf(response)).toMatchObject({ error: 'invalid_token' });
    expect(asked).toEqual([]);
  },
);

test.each(['bearer', 'BEARER', 'bEaReR'])('the scheme may be written %s', async (scheme) => {
  const { get } = await startWithToken(tokenOf());
  expect((await get('/current_time', { authorization: `${scheme} a-token` })).status).toBe(200);
});

test('every character that RFC 6750 allows in a token reaches introspection', async () => {
  const { getWithToken, asked } = await startWithToken(tokenOf());
  await getWithToken('/current_time', 'azAZ09-._~+/==');
  expect(asked).toEqual(['azAZ09-._~+/==']);
});
