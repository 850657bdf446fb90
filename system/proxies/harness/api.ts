/** The API that cannot be changed: it answers every call, and the test sees what reached it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A call that reached the API. */
export interface Call {
  method: string;
  target: string;
  /** The values of all headers that many frameworks take for this one: they do not tell `_` from `-`. */
  header(name: string): string[];
  body: string;
}

/** The running API. */
export interface Api {
  port: number;
  /** The calls since it was last asked. */
  calls(): Call[];
  close(): void;
}

/** Starts it on a free port. */
export async function startApi(): Promise<Api> {
  let calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const fields = Object.entries(request.headersDistinct);
    const header = (name: string) =>
      fields.flatMap(([sent, values = []]) => (sent.replaceAll('_', '-') === name ? values : []));
    const { method = '', url: target = '' } = request;
    calls.push({ method, target, header, body: await text(request) });
    response.end('the orders');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    calls() {
      const taken = calls;
      calls = [];
      return taken;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
