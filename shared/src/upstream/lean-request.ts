/** Hands Node just what a request needs, over connections that are kept, and that are made in time or not at all. */
import { type ClientRequestArgs, Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RequestFunction } from 'got';

/** How long a connection may take until it is made, TLS included, in milliseconds. */
const CONNECT_TIMEOUT_MS = 1_000;

/** The code of the error of a connection that was not made in time. */
export const CONNECT_TIMEOUT = 'CONNECT_TIMEOUT';

/**
 * For got's `request` option. got's own way hands Node all of got's options, which Node copies several times: a fifth
 * of what a call costs.
 */
export function leanRequest(): RequestFunction {
  const agents = {
    http: withConnectTimeout(new HttpAgent({ keepAlive: true }), 'connect'),
    https: withConnectTimeout(new HttpsAgent({ keepAlive: true }), 'secureConnect'),
  };
  return ({ protocol, hostname, port, pathname, search }, { method, headers }, callback) => {
    // An IPv6 address has brackets in a URL only.
    const host = hostname.replace(/^\[|\]$/g, '');
    const request = { method, headers, host, port, path: pathname + search };
    return protocol === 'https:'
      ? httpsRequest({ ...request, agent: agents.https }, callback)
      : httpRequest({ ...request, agent: agents.http }, callback);
  };
}

/** got's own connect timeout would cost each request a timer and listeners; this one costs each connection one. */
function withConnectTimeout<A extends HttpAgent>(agent: A, connected: 'connect' | 'secureConnect'): A {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options: ClientRequestArgs, callback) => {
    const socket = connect(options, callback) as Socket;
    const timer = setTimeout(() => socket.destroy(notConnected()), CONNECT_TIMEOUT_MS);
    const done = () => clearTimeout(timer);
    socket.once(connected, done).once('close', done);
    return socket as Duplex;
  };
  return agent;
}

function notConnected(): Error {
  const error = new Error(`no connection within ${CONNECT_TIMEOUT_MS} ms`);
  return Object.assign(error, { code: CONNECT_TIMEOUT });
}
