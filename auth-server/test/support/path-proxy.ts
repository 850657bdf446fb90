/** A proxy that serves an issuer under a path of its host, and knows nothing but paths. */
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { freePort, serve } from 'shared/test/serve.ts';
import { requestsTo, startAuthServer } from './auth-server.ts';

export const PATH = '/auth';

/** How a proxy forwards a request below the path, and what the auth server has to be told. */
export interface ProxyKind {
  what: string;
  strips: boolean;
  headers?: Record<string, string>;
  settings?: Record<string, string>;
}

export const PROXY_KINDS: ProxyKind[] = [
  { what: 'keeps the path', strips: false },
  { what: 'removes the path, as a setting says', strips: true, settings: { PROXY_STRIPS_PATH: 'on' } },
  {
    what: 'removes the path, and says so in a header',
    strips: true,
    headers: { 'x-forwarded-prefix': PATH },
    settings: { TRUSTED_PROXIES: '127.0.0.1' },
  },
];

/** Starts an auth server behind such a proxy, and answers the requests to it, all of which go through the proxy. */
export async function startBehindProxy(
  { strips, headers = {}, settings = {} }: ProxyKind,
  environment: Record<string, string> = {},
) {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}${PATH}`;
  const {
    issuer: direct,
    lines,
    metrics,
  } = await startAuthServer({
    ISSUER: issuer,
    ALLOWED_HOSTS: '',
    ...settings,
    ...environment,
  });
  await serve((incoming, outgoing) => {
    const { url = '' } = incoming;
    const target = url.startsWith(`${PATH}/`) ? url.slice(strips ? PATH.length : 0) : wellKnown(url);
    if (target === undefined) return void outgoing.writeHead(502).end('not for the auth server');
    forward(incoming, outgoing, new URL(direct), target, strips && target !== url ? headers : {});
  }, port);
  return { direct, lines, metrics, ...requestsTo(issuer) };
}

/** What has to be forwarded from the root of the host (RFC 8414 §3.1). */
function wellKnown(url: string): string | undefined {
  return /^\/\.well-known\/[\w-]+\/auth(\?|$)/.test(url) ? url : undefined;
}

function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { hostname, port }: URL,
  path: string,
  more: Record<string, string>,
): void {
  const { method, headers } = incoming;
  const forwarded = { ...headers, ...more, 'x-forwarded-for': '192.0.2.1' };
  const onward = request({ hostname, port, path, method, headers: forwarded }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}
