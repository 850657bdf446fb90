/** How failures are answered as problems (RFC 9457). */
import type { Middleware } from 'koa';
import { describe, expect, test } from 'vitest';
import { Unavailable } from '../../src/core/unavailable.ts';
import { Problem } from '../../src/http/problem.ts';
import { UpstreamFault } from '../../src/upstream/fault.ts';
import { startApp } from '../app.ts';

async function answerTo(work: Middleware, init: RequestInit = {}) {
  const { base, lines } = await startApp({ work });
  const response = await fetch(base, init);
  const text = await response.text();
  const body = text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>);
  return { response, body, lines };
}

const failing =
  (error: unknown): Middleware =>
  () => {
    throw error;
  };

test('a problem answers with its status, title, detail, headers, further members and the request id', async () => {
  const problem = new Problem(403, 'Not today.', { headers: { 'X-Why': 'Sunday' }, members: { day: 7 } });
  const { response, body } = await answerTo(failing(problem));
  expect(response.status).toBe(403);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('x-why')).toBe('Sunday');
  expect(body).toEqual({
    type: 'about:blank',
    status: 403,
    title: 'Forbidden',
    detail: 'Not today.',
    day: 7,
    request_id: response.headers.get('x-request-id'),
  });
});

test.each([
  ['unreachable', 503],
  ['unavailable', 503],
  ['timeout', 504],
  ['deadline_exceeded', 504],
  ['invalid_response', 502],
] as const)('an upstream fault %s is %i, and only the log has the cause', async (kind, status) => {
  const fault = new UpstreamFault('upstream', kind, 'what happened', { cause: new Error('the-cause') });
  const { response, body, lines } = await answerTo(failing(fault));
  expect(response.status).toBe(status);
  expect(body).toMatchObject({ status, detail: expect.stringMatching(/[Tt]he upstream /) });
  expect(JSON.stringify(body)).not.toMatch(/the-cause|what happened/);
  expect(lines[0]).toMatchObject({
    event: 'upstream.failed',
    kind,
    err: { cause: { message: 'the-cause' } },
  });
});

test('an upstream fault busy is 503, without a stack in the log', async () => {
  const { response, lines } = await answerTo(failing(new UpstreamFault('upstream', 'busy', 'what happened')));
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('1');
  expect(lines[0]).toMatchObject({ event: 'upstream.failed', kind: 'busy' });
  expect(lines[0]).not.toHaveProperty('err');
});

test('any other outage is 503 with its own text, and only the log has the cause', async () => {
  class OutOfPaper extends Unavailable {
    override readonly event = 'printer.empty';
    override readonly detail = 'Nothing can be printed now.';
  }
  const outage = new OutOfPaper('what happened', { cause: new Error('the-cause') });
  const { response, body, lines } = await answerTo(failing(outage));
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('1');
  expect(body).toMatchObject({ status: 503, detail: 'Nothing can be printed now.' });
  expect(JSON.stringify(body)).not.toMatch(/the-cause|what happened/);
  expect(lines[0]).toMatchObject({
    event: 'printer.empty',
    level: 40,
    msg: 'what happened',
    err: { cause: { message: 'the-cause' } },
  });
});

describe('an unexpected failure is a bare 500, and only the log has the cause', () => {
  const refusedElsewhere = Object.assign(new Error('the-cause'), { status: 401, statusCode: 401 });
  test.each<[what: string, work: Middleware]>([
    ['an error', failing(new Error('the-cause'))],
    ['a text', failing('the-cause')],
    ['an error with a status that is not for the caller', failing(refusedElsewhere)],
    ['a server error with a message', (ctx) => ctx.throw(503, 'the-cause')],
  ])('%s', async (_, work) => {
    const { response, body, lines } = await answerTo(work);
    expect(response.status).toBe(500);
    expect(Object.keys(body ?? {}).sort()).toEqual(['request_id', 'status', 'title', 'type']);
    expect(lines[0]).toMatchObject({ event: 'request.failed', err: { message: 'the-cause' } });
  });
});

test.each([
  [400, 'invalid path'],
  [413, 'request entity too large'],
  [415, 'unsupported charset'],
])('a client error that a library meant for the caller stays %i', async (status, message) => {
  const { response, body, lines } = await answerTo((ctx) => ctx.throw(status, message));
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(body).toMatchObject({ status, title: response.statusText });
  expect(lines.map(({ event }) => event)).not.toContain('request.failed');
});

test('a request that no route answers is 404', async () => {
  const { response, body } = await answerTo(async () => {});
  expect(response.status).toBe(404);
  expect(body).toMatchObject({ status: 404, title: 'Not Found', detail: expect.any(String) });
});

test('an answer that fails half-way is a problem, and must not be stored', async () => {
  const { response, body } = await answerTo((ctx) => {
    ctx.set('Cache-Control', 'public, max-age=3600');
    ctx.body = 'half';
    throw new Error('unexpected');
  });
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(body).toMatchObject({ status: 500 });
});

test('HEAD gets the status and no body', async () => {
  const { response, body } = await answerTo(failing(new Problem(403, 'No.')), { method: 'HEAD' });
  expect(response.status).toBe(403);
  expect(body).toBeUndefined();
});
