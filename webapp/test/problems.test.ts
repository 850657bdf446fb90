/** Errors are answered as problems (RFC 9457), without stack, token or secret. */
import { describe, expect, test } from 'vitest';
import type { Refusal } from '../src/core/ask-the-time.ts';
import { startWithOverrides } from './webapp.ts';

async function expectProblem(response: Response, status: number) {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(response.headers.get('cache-control')).toBe('no-store');
  const text = await response.text();
  expect(text.endsWith('}\n')).toBe(true);
  expect(text).not.toMatch(/stack|\.ts\b|node_modules|token-1|qwerty|builder/);
  const body = JSON.parse(text) as Record<string, unknown>;
  expect(body).toMatchObject({ type: 'about:blank', status, title: expect.any(String) });
  expect(body.request_id).toBe(response.headers.get('x-request-id'));
  return body;
}

describe('a refusal by the API comes through with its reason', () => {
  test.each<[number, 'unauthenticated' | 'forbidden']>([
    [401, 'unauthenticated'],
    [403, 'forbidden'],
  ])('as %i', async (status, of) => {
    const refusal: Refusal = { by: 'resource-server', of, reason: 'The token is not for you.' };
    const { get } = await startWithOverrides({ callApi: async () => ({ ok: false, refusal }) });
    const response = await get('/current_time');
    expect(await expectProblem(response, status)).toMatchObject({ detail: refusal.reason });
    // RFC 9110 §15.5.2: a 401 must have a challenge.
    expect(response.headers.has('www-authenticate')).toBe(status === 401);
  });
});

test('when the auth server refuses the webapp itself, the answer is 502 with the error and no challenge', async () => {
  const refusal: Refusal = { by: 'auth-server', of: 'webapp', reason: 'unauthorized_client' };
  const { get, calls } = await startWithOverrides({ getToken: async () => ({ ok: false, refusal }) });
  const response = await get('/current_time');
  const { detail } = await expectProblem(response, 502);
  expect(detail).toContain('unauthorized_client');
  expect(response.headers.get('www-authenticate')).toBeNull();
  expect(calls).toEqual([]);
});

test.each(['/', '/time', '/current_time/now', '/%2e%2e/%zz'])('an unknown path is 404: %s', async (path) => {
  const { get, grants } = await startWithOverrides();
  await expectProblem(await get(path), 404);
  expect(grants).toEqual([]);
});

test.each(['/current_time', '/epoch_time', '/health/live', '/health/ready'])(
  'a wrong method is 405 with Allow: POST %s',
  async (path) => {
    const { base, grants } = await startWithOverrides();
    const response = await fetch(`${base}${path}`, { method: 'POST', body: 'now' });
    await expectProblem(response, 405);
    expect(response.headers.get('allow')?.split(', ').sort()).toEqual(['GET', 'HEAD']);
    expect(grants).toEqual([]);
  },
);

test.each<[what: string, failing: 'getToken' | 'callApi']>([
  ['a token is asked for', 'getToken'],
  ['the API is called', 'callApi'],
])('an unexpected failure when %s is a bare 500, and only the log has the cause', async (_, failing) => {
  const { get, lines } = await startWithOverrides({
    [failing]: async () => {
      throw new Error('the-cause');
    },
  });
  const body = await expectProblem(await get('/current_time'), 500);
  expect(Object.keys(body).sort()).toEqual(['request_id', 'status', 'title', 'type']);
  const line = lines.find(({ event }) => event === 'request.failed');
  expect(line).toMatchObject({ err: { message: 'the-cause', stack: expect.any(String) } });
  expect(line?.requestId).toBe(body.request_id);
});

test('a problem stays JSON for those who ask for text', async () => {
  const { base } = await startWithOverrides();
  const response = await fetch(`${base}/time`, { headers: { accept: 'text/plain' } });
  expect(await expectProblem(response, 404)).toMatchObject({ title: 'Not Found' });
});

test.each(['OPTIONS', 'PROPFIND'])(
  '%s is told apart at a path of ours and where nothing is',
  async (method) => {
    const { base } = await startWithOverrides();
    const known = await fetch(`${base}/current_time`, { method });
    expect(known.status).toBe(method === 'OPTIONS' ? 204 : 405);
    expect(known.headers.get('allow')).toBe('GET, HEAD');
    const unknown = await fetch(`${base}/time`, { method });
    expect(unknown.status).toBe(404);
    expect(unknown.headers.get('allow')).toBeNull();
  },
);
