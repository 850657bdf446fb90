/** An API in strict TypeScript that uses all that the guard exports. It is only compiled: against the types of the tarball, too. */
import { createServer } from 'node:http';
import Router from '@koa/router';
import express from 'express';
import fastify from 'fastify';
import { type Actor, type Caller, createGuard, type GuardOptions, type Need, Unavailable } from 'guard';
import * as inExpress from 'guard/express';
import * as inFastify from 'guard/fastify';
import * as inKoa from 'guard/koa';
import * as inWeb from 'guard/web';
import Koa from 'koa';

const options: GuardOptions = {
  resource: 'https://orders.example',
  issuer: 'https://issuer.example',
  tokens: { verify: 'locally', algs: ['ES256'], maxLifetime: 60 },
  onOutage: ({ message, retryAfterS }) => console.log(message.length, retryAfterS?.toFixed()),
};
const guard = createGuard(options);
createGuard({
  ...options,
  tokens: async () => {
    throw new Unavailable('down');
  },
});
const need: Need = { scope: 'orders:read', user: 'optional' };
const userOf = ({ user }: Caller): string | undefined => user;
const subOf = ({ sub, issuer, clientId }: Actor): string => issuer ?? clientId ?? sub;
export const subsOf = ({ actors }: Caller): string[] => actors.map(subOf);

const app = express();
app.use(inExpress.metadata(guard));
app.get('/orders', inExpress.protect(guard, need), (request, response) => {
  response.json(request.caller && userOf(request.caller));
});

const server = fastify();
server.addHook('onRequest', inFastify.metadata(guard));
server.get('/orders', { onRequest: inFastify.protect(guard, need) }, async (request) => request.caller?.user);

const router = new Router();
router.get('/orders', inKoa.protect(guard, need), (ctx) => {
  ctx.body = ctx.state.caller && userOf(ctx.state.caller);
});
new Koa().use(inKoa.metadata(guard)).use(router.routes());

export const orders = inWeb.protect(guard, need, (_, caller) => new Response(userOf(caller)));
export const found: Response | undefined = inWeb.metadata(guard)(new Request('https://orders.example'));

createServer(async (request, response) => {
  const header = (name: string) => request.headersDistinct[name] ?? [];
  const verdict = await guard.authorize({ method: 'GET', target: '/', header }, need);
  response.end(verdict.ok ? userOf(verdict.caller) : JSON.stringify(verdict.answer.body));
});
