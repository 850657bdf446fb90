/** The limit on request bodies. */
import { describe, expect, test } from 'vitest';
import { bodyOf, MAX_BODY_BYTES, takeBodies } from '../../src/http/body-limit.ts';
import { startApp } from '../app.ts';
import { parsed, sendLines } from '../raw-http.ts';

test('a body that is announced as too large is 413 before it is sent, and the connection closes', async () => {
  const { base } = await startApp({});
  const length = `Content-Length: ${MAX_BODY_BYTES + 1}`;
  const { status, headers, body } = parsed(
    await sendLines(base, 'POST / HTTP/1.1', 'Host: localhost', length),
  );
  expect(status).toBe(413);
  expect(headers.get('connection')).toBe('close');
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(JSON.parse(body)).toMatchObject({ status: 413, detail: expect.stringContaining('body') });
});

test('a body of exactly the limit is accepted', async () => {
  const { base } = await startApp({
    work: (ctx) => {
      ctx.body = 'through';
    },
  });
  const response = await fetch(base, { method: 'POST', body: 'x'.repeat(MAX_BODY_BYTES) });
  expect(await response.text()).toBe('through');
});

describe('a body that is read', () => {
  const echo = () =>
    startApp({
      work: (ctx) =>
        takeBodies()(ctx, async () => {
          ctx.body = bodyOf(ctx);
        }),
    });
  /** Sent in chunks, without a length. */
  const inChunks = (text: string) => ({
    method: 'POST',
    body: new Blob([text]).stream(),
    duplex: 'half' as const,
  });

  test('is given as text', async () => {
    const { base } = await echo();
    const response = await fetch(base, { method: 'POST', body: 'a=\u00e9&b=\u{1f552}' });
    expect(await response.text()).toBe('a=\u00e9&b=\u{1f552}');
  });

  test('may be sent without a length, up to the limit', async () => {
    const { base } = await echo();
    const response = await fetch(base, inChunks('x'.repeat(MAX_BODY_BYTES)));
    expect(await response.text()).toHaveLength(MAX_BODY_BYTES);
  });

  test('is 413 when it turns out to be too large', async () => {
    const { base } = await echo();
    const response = await fetch(base, inChunks('x'.repeat(MAX_BODY_BYTES + 1)));
    expect(response.status).toBe(413);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });
});
