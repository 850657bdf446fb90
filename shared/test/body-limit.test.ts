/** The limit of a service on request bodies. */
import { expect, test } from 'vitest';
import { MAX_BODY_BYTES } from '../src/http/body-limit.ts';
import { startApp } from './app.ts';
import { parsed, sendLines } from './raw-http.ts';

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

test('a body that is just not too large is let through', async () => {
  const { base } = await startApp({
    work: (ctx) => {
      ctx.body = 'through';
    },
  });
  const response = await fetch(base, { method: 'POST', body: 'x'.repeat(MAX_BODY_BYTES) });
  expect(await response.text()).toBe('through');
});
