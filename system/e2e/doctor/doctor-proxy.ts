/** A proxy in front of a service, with which a test can change the service's answers. */
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Passing {
  method: string;
  path: string;
  requestHeaders: IncomingHttpHeaders;
  requestBody: string;
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface SpoilingProxy {
  url: string;
  /** Changes answers; undefined lets them pass as they are. */
  spoil: ((passing: Passing) => void | Promise<void>) | undefined;
  close(): void;
}

/**
 * Starts a proxy in front of a port of 127.0.0.1, where the service may start later. It passes on the `Host` header.
 *
 * @param rewrite what the service is asked for in place of what the proxy was asked for
 */
export async function startProxy(
  port: number,
  rewrite: (path: string) => string = (path) => path,
): Promise<SpoilingProxy> {
  const server = createServer(async (req, res) => {
    const body = await buffer(req);
    const { method = '', url: path = '', headers: requestHeaders } = req;
    const onwards = request({
      port,
      host: '127.0.0.1',
      method,
      path: rewrite(path),
      headers: requestHeaders,
      agent: false,
    });
    onwards.on('error', () => res.destroy());
    onwards.on('response', async (answer) => {
      const { statusCode: status = 0, headers } = answer;
      const passing = {
        method,
        path,
        requestHeaders,
        requestBody: String(body),
        status,
        headers,
        body: String(await buffer(answer)),
      };
      delete headers['content-length'];
      await proxy.spoil?.(passing);
      res.writeHead(passing.status, passing.headers);
      res.end(passing.body);
    });
    onwards.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: SpoilingProxy = {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    spoil: undefined,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return proxy;
}
