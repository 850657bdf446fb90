/** Requests of Node that do not come over HTTP/1.1, and what middleware leaves of them. */
import { once } from 'node:events';
import { connect } from 'node:http2';
import { text } from 'node:stream/consumers';
import fastify from 'fastify';
import { createGuard } from 'guard';
import * as inFastify from 'guard/fastify';
import * as inKoa from 'guard/koa';
import Koa from 'koa';
import { serve } from 'shared/test/serve.ts';
import { expect, onTestFinished, test } from 'vitest';
import { RESOURCE, tokenOf } from './api-under-test.ts';

const guard = createGuard({
  resource: RESOURCE,
  issuer: 'https://issuer.example',
  tokens: async () => tokenOf(),
});

test('a request that a test injects into Fastify is authorized like any other', async () => {
  const app = fastify();
  app.get('/notes', { onRequest: inFastify.protect(guard) }, ({ caller }) => ({ user: caller?.user }));
  const authorization = 'Bearer a-token';
  expect((await app.inject({ url: '/notes', headers: { authorization } })).json()).toEqual({ user: 'alice' });
  expect((await app.inject({ url: '/notes' })).statusCode).toBe(401);
});

test('a request over HTTP/2 is authorized like any other', async () => {
  const app = fastify({ http2: true });
  onTestFinished(() => app.close());
  app.addHook('onRequest', inFastify.metadata(guard));
  app.get('/notes', { onRequest: inFastify.protect(guard) }, ({ caller }) => ({ user: caller?.user }));
  const session = connect(await app.listen({ host: '127.0.0.1', port: 0 }));
  onTestFinished(() => session.close());

  async function get(headers: Record<string, string | string[]>) {
    const stream = session.request({ ':path': '/notes', ...headers });
    const [answered] = await once(stream, 'response');
    return { status: answered[':status'], body: JSON.parse(await text(stream)) };
  }
  expect(await get({ authorization: 'Bearer a-token' })).toEqual({ status: 200, body: { user: 'alice' } });
  expect(await get({})).toMatchObject({ status: 401 });
  expect(await get({ authorization: 'DPoP a-token', dpop: ['a.b.c', 'd.e.f'] })).toMatchObject({
    status: 401,
    body: { error: 'invalid_dpop_proof' },
  });
  expect(await get({ ':path': guard.metadata.path })).toMatchObject({ body: { resource: RESOURCE } });
});

test('the order of the middleware does not matter to the caller', async () => {
  const app = new Koa();
  app.use(inKoa.protect(guard)).use(inKoa.metadata(guard));
  app.use((ctx) => {
    ctx.body = ctx.state.caller.user;
  });
  const response = await fetch(await serve(app.callback()), { headers: { authorization: 'Bearer a-token' } });
  expect(await response.text()).toBe('alice');
});
