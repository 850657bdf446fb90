/** One small API in each framework, as an author would write it: its calls, its metadata and its own handling of errors. */
import { getRequestListener } from '@hono/node-server';
import express, { type ErrorRequestHandler } from 'express';
import fastify from 'fastify';
import type { Caller, Guard, Need } from 'guard';
import * as inExpress from 'guard/express';
import * as inFastify from 'guard/fastify';
import * as inKoa from 'guard/koa';
import * as inWeb from 'guard/web';
import { Hono } from 'hono';
import Koa from 'koa';
import { serve } from 'shared/test/serve.ts';
import { onTestFinished } from 'vitest';

/** What an API does with a call that passes, and with an error that reaches its framework. */
export interface Api {
  guard: Guard;
  need: Need;
  /** The body of the answer to a call that passes. */
  answer(caller: Caller | undefined): object;
  noteError(error: unknown): void;
}

/** Serves an API until the test is finished, at `/notes` and, where the framework mounts, `/mounted/notes`. */
export type Start = (api: Api) => Promise<string>;

/** In Koa, for tests that one framework is enough for. */
export async function koa({ guard, need, answer, noteError }: Api): Promise<string> {
  const app = new Koa();
  app.on('error', noteError);
  app.use(inKoa.metadata(guard));
  app.use(inKoa.protect(guard, need));
  app.use((ctx) => {
    ctx.body = answer(ctx.state.caller);
  });
  return serve(app.callback());
}

async function expressApp({ guard, need, answer, noteError }: Api): Promise<string> {
  const app = express();
  app.use(inExpress.metadata(guard));
  app.get('/notes', inExpress.protect(guard, need), (request, response) => {
    response.json(answer(request.caller));
  });
  const mounted = express();
  mounted.get('/notes', inExpress.protect(guard, need), ({ caller }, response) => {
    response.json(answer(caller));
  });
  app.use('/mounted', mounted);
  const onError: ErrorRequestHandler = (error, _request, response, _next) => {
    noteError(error);
    response.status(500).end();
  };
  app.use(onError);
  return serve(app);
}

async function fastifyApp({ guard, need, answer, noteError }: Api): Promise<string> {
  const app = fastify();
  app.setErrorHandler((error, _request, reply) => {
    noteError(error);
    return reply.code(500).send();
  });
  app.addHook('onRequest', inFastify.metadata(guard));
  app.get('/notes', { onRequest: inFastify.protect(guard, need) }, ({ caller }) => answer(caller));
  app.register(
    async (mounted) => {
      mounted.addHook('preHandler', inFastify.protect(guard, need));
      mounted.get('/notes', (request) => answer(request.caller));
    },
    { prefix: '/mounted' },
  );
  onTestFinished(() => app.close());
  return app.listen({ host: '127.0.0.1', port: 0 });
}

async function hono({ guard, need, answer, noteError }: Api): Promise<string> {
  const app = new Hono();
  const metadata = inWeb.metadata(guard);
  const notes = inWeb.protect(guard, need, (_request, caller) => Response.json(answer(caller)));
  app.use(async (c, next) => metadata(c.req.raw) ?? next());
  app.get('/notes', (c) => notes(c.req.raw));
  app.route(
    '/mounted',
    new Hono().get('/notes', (c) => notes(c.req.raw)),
  );
  app.onError((error, c) => {
    noteError(error);
    return c.body(null, 500);
  });
  return serve(getRequestListener(app.fetch));
}

async function handler({ guard, need, answer, noteError }: Api): Promise<string> {
  const metadata = inWeb.metadata(guard);
  const notes = inWeb.protect(guard, need, (_request, caller) => Response.json(answer(caller)));
  const errorHandler = (error: unknown) => {
    noteError(error);
    return new Response(null, { status: 500 });
  };
  return serve(getRequestListener((request) => metadata(request) ?? notes(request), { errorHandler }));
}

/** Every framework with an adapter. */
export const frameworks: [name: string, start: Start][] = [
  ['Koa', koa],
  ['Express', expressApp],
  ['Fastify', fastifyApp],
  ['Hono', hono],
  ['a handler of Web Requests', handler],
];
