/** How the webapp answers when the token endpoint refuses (RFC 6749 §5.2). */
import { json, startUpstream } from 'shared/test/upstream.ts';
import { expect, test } from 'vitest';
import { startBetween, TOKEN_RESPONSE } from './webapp.ts';

test('invalid_grant is a refused user: 401 with a Basic challenge', async () => {
  const { base } = await startUpstream(json({ error: 'invalid_grant', error_description: 'no' }, 400));
  const { get, apiRequests } = await startBetween({ authServer: base });
  const response = await get('/current_time');
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toMatch(/^Basic /);
  expect(apiRequests).toEqual([]);
});

test.each([
  ['unsupported_grant_type', 400],
  ['unauthorized_client', 400],
  ['invalid_scope', 400],
  ['invalid_request', 400],
  ['invalid_client', 401],
])('%s is a fault of the webapp: 502 that names it', async (error, status) => {
  const { base } = await startUpstream(json({ error, error_description: 'private' }, status));
  const { get, apiRequests } = await startBetween({ authServer: base });
  const response = await get('/current_time');
  expect(response.status).toBe(502);
  expect(response.headers.get('www-authenticate')).toBeNull();
  const body = (await response.json()) as { detail: string };
  expect(body.detail).toContain(error);
  expect(JSON.stringify(body)).not.toContain('private');
  expect(apiRequests).toEqual([]);
});

test.each<[what: string, status: number, body: unknown]>([
  ['a token of another type', 200, { ...TOKEN_RESPONSE, token_type: 'DPoP' }],
  ['an empty token', 200, { ...TOKEN_RESPONSE, access_token: '' }],
  ['a refusal without an error', 400, { message: 'no' }],
  ['a refusal in HTML', 401, '<html>'],
  ['too many requests', 429, { error: 'invalid_grant' }],
])('%s is an unusable answer: 502, and the API is not called', async (_, status, body) => {
  const { base } = await startUpstream(json(body, status));
  const { get, apiRequests } = await startBetween({ authServer: base });
  expect((await get('/current_time')).status).toBe(502);
  expect(apiRequests).toEqual([]);
});

test('the token type may be written in upper or lower case', async () => {
  const { base } = await startUpstream(json({ ...TOKEN_RESPONSE, token_type: 'bearer' }));
  const { get } = await startBetween({ authServer: base });
  expect((await get('/current_time')).status).toBe(200);
});
