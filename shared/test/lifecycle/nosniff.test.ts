/** `X-Content-Type-Options: nosniff` on every answer, whoever of Node, Koa and us writes it. */
import Koa from 'koa';
import { expect, test } from 'vitest';
import { metricsListener } from '../../src/lifecycle/metrics-listener.ts';
import { startApp } from '../app.ts';
import { parsed, sendLines } from '../raw-http.ts';
import { recordingTelemetry, serve } from '../serve.ts';

const nosniff = async (base: string, ...lines: string[]) => {
  const { status, headers } = parsed(await sendLines(base, ...lines));
  return { status, told: headers.get('x-content-type-options') };
};

const plain = (target: string, method = 'GET') => [
  `${method} ${target} HTTP/1.1`,
  'Host: localhost',
  'Connection: close',
];

test.each([
  ['an answer', 200, plain('/')],
  ['a health check', 200, plain('/health/live')],
  ['a path where nothing is', 404, plain('/nothing')],
  ['a malformed target', 400, plain('http://[')],
  ['bytes that are not HTTP', 400, ['EHLO localhost']],
  ['a request without Host', 400, ['GET / HTTP/1.1']],
  ['headers that are too large', 431, [...plain('/'), `X-Large: ${'x'.repeat(17 * 1024)}`]],
  ['an expectation that nobody meets', 417, [...plain('/'), 'Expect: a-miracle']],
])('%s has it', async (_what, status, lines) => {
  const { base } = await startApp({
    work: async (ctx) => {
      if (ctx.path === '/') ctx.body = 'hello';
    },
  });
  expect(await nosniff(base, ...lines)).toEqual({ status, told: 'nosniff' });
});

test('an answer that Koa writes by itself has it', async () => {
  const app = new Koa();
  app.use((ctx) => ctx.throw(418));
  const base = await serve(app.callback());
  expect(await nosniff(base, ...plain('/'))).toEqual({ status: 418, told: 'nosniff' });
});

test.each([
  ['/metrics', 200],
  ['/', 404],
])('the metrics listener has it at %s', async (target, status) => {
  const base = await serve(metricsListener(recordingTelemetry()));
  expect(await nosniff(base, ...plain(target))).toEqual({ status, told: 'nosniff' });
});
