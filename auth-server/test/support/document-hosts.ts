/** Hosts of metadata documents: an https server on loopback with a certificate of its own, which only tests can reach. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import type { Outside } from '../../src/adapters/outside.ts';
import { isPublicAddress } from '../../src/core/egress/public-addresses.ts';
import type { ArtifactStore } from '../../src/core/grants/artifact-store.ts';
import { startAuthServer } from './auth-server.ts';
import type { CodeClient } from './code-flow.ts';

/** The names that lead to the server; the second one looks like `apple.example` in letters of another alphabet. */
export const NAMES = ['app.example', 'xn--pple-43d.example', 'other.example'];

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export type DocumentHosts = Awaited<ReturnType<typeof startDocumentHosts>>;

/** Starts the server until the test is finished. It has no document at first. */
export async function startDocumentHosts() {
  const { key, cert } = await selfMade(NAMES);
  const answers = new Map<string, Answer>();
  const requests: string[] = [];
  const server = createHttpsServer({ key, cert }, (request, response) => {
    const url = `https://${request.headers.host}${request.url}`;
    requests.push(url);
    (answers.get(url) ?? notFound)(request, response);
  });
  // Plain http on the same machine would be a mistake of ours.
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const addresses = new Map<string, string[]>();
  const lookups: string[] = [];
  const outside: Outside = {
    async resolve(host) {
      lookups.push(host);
      return addresses.get(host) ?? (NAMES.includes(host) ? ['127.0.0.1'] : []);
    },
    // The address of this server, and otherwise those that everybody may reach.
    mayReach: (address) => address === '127.0.0.1' || isPublicAddress(address),
    ca: cert,
  };
  return {
    port,
    outside,
    /** The names that were looked up, and the URLs that were asked for, in their order. */
    lookups,
    requests,
    /** Has a name lead elsewhere. */
    move: (name: string, to: string[]) => void addresses.set(name, to),
    urlOf: (path = '/client.json', name = 'app.example') => `https://${name}:${port}${path}`,
    /** Has a URL answer in a way of its own. */
    answer: (url: string, as: Answer) => void answers.set(url, as),
    /** Publishes a document at a URL, with these members or others in their place; what is undefined is left out. */
    publish(url: string, members: object = {}, headers: Record<string, string> = {}): CodeClient {
      const document = { ...documentOf(url), ...members };
      answers.set(url, (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', ...headers });
        response.end(JSON.stringify(document));
      });
      return { id: url, redirectUri: document.redirect_uris[0] ?? '' };
    },
  };
}

/** Starts an auth server that takes the documents of all hosts, unless the settings say otherwise, and the hosts. */
export async function startWithDocuments(
  environment: Record<string, string> = {},
  overrides: { artifacts?: ArtifactStore } = {},
) {
  const hosts = await startDocumentHosts();
  const server = await startAuthServer(
    { CIMD_ALLOWED: '*', ...environment },
    { outside: hosts.outside, ...overrides },
  );
  return { hosts, server };
}

/** A document as clients of the Model Context Protocol publish it. */
function documentOf(url: string) {
  const { origin } = new URL(url);
  return {
    client_id: url,
    client_name: 'Pocket clock',
    client_uri: origin,
    redirect_uris: [`${origin}/callback`],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };
}

/** A server on this machine to which nothing must be sent, and how often somebody connected to it. */
export async function startForbidden(host: string) {
  let connections = 0;
  const server = createServer();
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

function notFound(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404).end();
}

async function selfMade(names: string[]): Promise<{ key: string; cert: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'certificate-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const alternatives = `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`;
  const made = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=tests -addext ${alternatives}`;
  await promisify(execFile)('openssl', [...made.split(' '), '-keyout', key, '-out', cert]);
  return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
}
