/** The id and the log line of every request. */
import { describe, expect, test } from 'vitest';
import { learn, requestContext } from '../src/request-context.ts';
import { startApp } from './app.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('the request id', () => {
  test.each(['12345678', 'aZ09_-aZ', 'x'.repeat(64)])('is the one of the caller: %s', async (id) => {
    const { base, lines } = await startApp({});
    const response = await fetch(base, { headers: { 'x-request-id': id } });
    expect(response.headers.get('x-request-id')).toBe(id);
    expect(lines).toMatchObject([{ event: 'http.request', requestId: id }]);
  });

  test.each(['', '1234567', 'x'.repeat(65), 'with blank', 'quote"quote', 'a, b-c-d-e', '{"a":1234}'])(
    'is a new one when the one of the caller is not well formed: "%s"',
    async (id) => {
      const { base, lines } = await startApp({});
      const response = await fetch(base, { headers: { 'x-request-id': id } });
      const made = response.headers.get('x-request-id');
      expect(made).toMatch(UUID);
      expect(lines).toMatchObject([{ event: 'http.request', requestId: made }]);
    },
  );

  test('is another for each request', async () => {
    const { base } = await startApp({});
    const responses = await Promise.all([fetch(base), fetch(base), fetch(base)]);
    expect(new Set(responses.map(({ headers }) => headers.get('x-request-id'))).size).toBe(3);
  });
});

describe('the log line', () => {
  test('has method, path, status and duration, and no query', async () => {
    const { base, lines } = await startApp({
      work: (ctx) => {
        ctx.status = 204;
      },
    });
    await fetch(`${base}/some/path?access_token=secret-token`, { method: 'DELETE' });
    expect(lines).toMatchObject([
      { event: 'http.request', method: 'DELETE', path: '/some/path', status: 204, ms: expect.any(Number) },
    ]);
    expect(JSON.stringify(lines)).not.toContain('secret-token');
  });

  test('has a path of limited length', async () => {
    const { base, lines } = await startApp({});
    await fetch(`${base}/${'x'.repeat(5_000)}`);
    expect(JSON.stringify(lines).length).toBeLessThan(1_000);
  });

  test('has the status of a failure', async () => {
    const { base, lines } = await startApp({
      work: () => {
        throw new Error('unexpected');
      },
    });
    await fetch(base);
    expect(lines.find(({ event }) => event === 'http.request')).toMatchObject({ status: 500 });
  });

  test('has the client and the user of its own request only', async () => {
    const { base, lines } = await startApp({
      work: async (ctx) => {
        const user = ctx.path.slice(1);
        learn({ clientId: 'client', user });
        await new Promise((resolve) => setTimeout(resolve, user === 'first' ? 40 : 10));
        ctx.body = requestContext();
      },
    });
    await Promise.all(['first', 'second'].map((user) => fetch(`${base}/${user}`)));
    const logged = lines.map(({ path, user, clientId }) => ({ path, user, clientId }));
    expect(logged).toHaveLength(2);
    for (const user of ['first', 'second']) {
      expect(logged).toContainEqual({ path: `/${user}`, user, clientId: 'client' });
    }
  });

  test.each(['/health/live', '/health/ready'])('is of the debug level for %s', async (path) => {
    const { base, lines } = await startApp({});
    await fetch(`${base}${path}`);
    await fetch(base);
    // pino's numbers for debug and info.
    expect(lines.map(({ level }) => level)).toEqual([20, 30]);
  });
});
