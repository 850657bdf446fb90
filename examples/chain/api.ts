/** What the APIs of this example have in common: one path behind the guard. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { type Caller, createGuard } from 'guard';
import { protect } from 'guard/express';
import type { Client } from './issuer.ts';

/** A call that an API has answered: its caller, as the guard tells it, and the token that came with it. */
export interface Call {
  api: string;
  path: string;
  caller: Caller;
  token: string;
}

/** An API. */
export interface Api {
  /** Its client, by which it introspects tokens and exchanges them. */
  client: Client;
  /** Its identifier, which is the `aud` of its tokens, as in `apis.json`. */
  resource: string;
  path: string;
  /** The scope that a call needs. */
  scope: string;
  /** Answers a call, with the token of the call for what has to be asked of others. */
  answer(token: string): Promise<object>;
}

/** Starts an API on a free port, and resolves with its URL. */
export async function startApi(issuer: string, api: Api, note: (call: Call) => void): Promise<string> {
  const { client, resource, path, scope } = api;
  const guard = createGuard({
    resource,
    issuer,
    tokens: { clientId: client.id, clientSecret: client.secret },
  });
  const app = express();
  app.get(path, protect(guard, { scope }), async (request, response) => {
    const token = String(request.headers.authorization).replace(/^Bearer /i, '');
    if (request.caller) note({ api: client.id, path, caller: request.caller, token });
    response.json(await api.answer(token));
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
