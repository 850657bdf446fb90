/** `npm run doctor` for APIs of a file: what it says of each, and what it does without the clock. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from 'shared/test/serve.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type System, startedSystem } from '../system.ts';
import { type Diagnosis, diagnose, portsOf } from './doctor-run.ts';

const TIMEOUT = 30_000;

/** What an API answers: its metadata, and a call without a token. */
interface Answers {
  metadata?: ((resource: string) => object) | undefined;
  call?: { status: number; headers?: Record<string, string> };
}

const folder = mkdtempSync(join(tmpdir(), 'doctor-apis-'));
const servers: Server[] = [];
let system: System;
let settings: Record<string, string>;
let urls: Record<string, string>;
let found: Diagnosis;

beforeAll(async () => {
  const AUTH_SERVER_PORT = String(await freePort());
  const authorization_servers = [`http://localhost:${AUTH_SERVER_PORT}`];
  const refused = { status: 401, headers: { 'www-authenticate': 'Bearer scope="a:read"' } };
  urls = Object.fromEntries(
    await Promise.all(
      Object.entries({
        good: { metadata: (resource) => ({ resource, authorization_servers, scopes_supported: ['a:read'] }) },
        renamed: { metadata: () => ({ resource: 'https://other.example', authorization_servers }) },
        foreign: { metadata: (resource) => ({ resource, authorization_servers: ['https://other.example'] }) },
        proud: { metadata: (resource) => ({ resource, authorization_servers, scopes_supported: ['a:all'] }) },
        plain: {},
        open: { metadata: (resource) => ({ resource, authorization_servers }), call: { status: 200 } },
        mute: { metadata: (resource) => ({ resource, authorization_servers }), call: { status: 401 } },
        deep: { metadata: (resource) => ({ resource, authorization_servers }), call: { status: 404 } },
      } satisfies Record<string, Answers>).map(async ([name, answers]: [string, Answers]) => {
        return [name, await startApi({ call: refused, ...answers })] as const;
      }),
    ),
  );
  urls.silent = `http://localhost:${await freePort()}`;
  urls.urn = 'urn:example:orders';
  const apis = Object.entries(urls).map(([name, resource]) => apiAt(resource, name));
  settings = { AUTH_SERVER_PORT, APIS_FILE: fileWith([...apis, { ...apiAt('urn:x', 'x'), listed: false }]) };
  system = await startedSystem(settings);
  settings = { ...portsOf(system), ...settings };
  found = await diagnose(settings);
}, TIMEOUT);

afterAll(async () => {
  await system.stop();
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

describe('of an API in APIS_FILE, the doctor', () => {
  test('finds that it agrees with the issuer, and asks for a token', () => {
    const { good } = urls;
    for (const name of [
      `API at ${good}`,
      `scopes of ${good}`,
      `scopes that ${good} supports`,
      `${good} without a token`,
    ]) {
      expect(found.check('apis', name).result, name).toBe('ok');
    }
  });

  test('finds metadata that names another API, or another issuer', () => {
    expect(found.exitCode).toBe(1);
    expect(found.check('apis', `API at ${urls.renamed}`)).toMatchObject({
      result: 'fault',
      detail: `it calls itself https://other.example, and in APIS_FILE it is ${urls.renamed}`,
    });
    expect(found.check('apis', `API at ${urls.foreign}`)).toMatchObject({
      result: 'fault',
      detail: `it takes tokens of https://other.example, and here ISSUER is http://localhost:${settings.AUTH_SERVER_PORT}`,
    });
  });

  test('warns of scopes that the issuer does not have for it', () => {
    expect(found.check('apis', `scopes that ${urls.proud} supports`)).toMatchObject({
      result: 'warn',
      detail: 'APIS_FILE does not have a:all',
    });
  });

  test('warns when it does not answer, or has no metadata', () => {
    expect(found.check('apis', `API at ${urls.silent}`)).toMatchObject({
      result: 'warn',
      detail: 'no answer (nothing listens there)',
    });
    expect(found.check('apis', `API at ${urls.plain}`)).toMatchObject({
      result: 'warn',
      detail: expect.stringContaining('answers 404, and not with metadata'),
    });
  });

  test('finds a refusal without a challenge, and warns of a call that is answered without a token', () => {
    expect(found.check('apis', `${urls.mute} without a token`).result).toBe('fault');
    expect(found.check('apis', `${urls.open} without a token`).result).toBe('warn');
    expect(found.check('apis', `${urls.deep} without a token`).result).toBe('skip');
  });

  test('asks nothing of an identifier that is no address, nor looks in discovery for scopes that are not listed', () => {
    const names = found.checks.filter(({ group }) => group === 'apis').map(({ name }) => name);
    expect(names.filter((name) => name.includes('urn:'))).toEqual(['scopes of urn:example:orders']);
  });

  test('finds scopes that the running auth server does not have yet', async () => {
    const APIS_FILE = fileWith([{ ...apiAt('urn:example:new', 'new'), scopes: { 'new:read': 'See it' } }]);
    const { exitCode, check } = await diagnose({ ...settings, APIS_FILE });
    expect(exitCode).toBe(1);
    expect(check('apis', 'scopes of urn:example:new')).toMatchObject({
      result: 'fault',
      detail: 'the auth server does not have new:read',
      mend: expect.stringContaining('SIGHUP'),
    });
  });

  test('names the faults of the file, and says when the file is elsewhere', async () => {
    const APIS_FILE = fileWith([{ ...apiAt('urn:example:new', 'new'), access_token_ttl: 1 }]);
    const [bad, elsewhere] = await Promise.all([
      diagnose({ ...settings, APIS_FILE }),
      diagnose({ ...settings, APIS_FILE: '/in/the/container.json' }),
    ]);
    expect(bad.check('apis', 'APIS_FILE')).toMatchObject({
      result: 'fault',
      detail: expect.stringContaining('access_token_ttl of entry 1'),
    });
    expect(elsewhere.check('apis', 'APIS_FILE').result).toBe('skip');
  });
});

test('of an API in FORWARD_AUTH, the doctor finds whether its tokens can be introspected', async () => {
  const APIS_FILE = fileWith([
    { ...apiAt('https://known.example', 'known'), resource_servers: ['resource-server'] },
    apiAt('https://closed.example', 'closed'),
  ]);
  const FORWARD_AUTH = 'https://known.example/,https://closed.example,https://unknown.example';
  const { checks } = await diagnose({ ...settings, APIS_FILE, FORWARD_AUTH });
  expect(checks.filter(({ group }) => group === 'forward-auth')).toMatchObject([
    { result: 'ok', name: 'FORWARD_AUTH for https://known.example/' },
    {
      result: 'fault',
      name: 'FORWARD_AUTH for https://closed.example',
      mend: 'add resource-server to its resource_servers',
    },
    {
      result: 'warn',
      name: 'FORWARD_AUTH for https://unknown.example',
      detail: expect.stringContaining('no such API'),
    },
  ]);
});

describe('without the clock, the doctor', () => {
  test('skips its checks, and says so', { timeout: TIMEOUT }, async () => {
    const { AUTH_SERVER_PORT = '' } = settings;
    const [RESOURCE_SERVER_PORT, WEBAPP_PORT] = [String(await freePort()), String(await freePort())];
    const { exitCode, checks, named } = await diagnose({
      AUTH_SERVER_PORT,
      RESOURCE_SERVER_PORT,
      WEBAPP_PORT,
      CLOCK_API: 'off',
    });
    expect(named('fault')).toEqual([]);
    expect(exitCode).toBe(0);
    const skipped = checks.filter(({ detail }) => detail === 'not checked, because CLOCK_API is off');
    expect(skipped.map(({ group, name }) => `${group}: ${name}`)).toEqual([
      'services: resource-server',
      'services: webapp',
      'tokens: the clock',
      'introspection: the clock',
      'calls: the clock',
      'redirects: the clock',
      'rfc9700: TLS for calls of the API',
    ]);
  });
});

/** An API with one scope. */
function apiAt(resource: string, name: string) {
  return { resource, name, scopes: { 'a:read': 'See it' } };
}

function fileWith(apis: object[]): string {
  const file = join(folder, `${crypto.randomUUID()}.json`);
  writeFileSync(file, JSON.stringify(apis));
  return file;
}

async function startApi({ metadata, call = { status: 404 } }: Answers): Promise<string> {
  let url = '';
  const answer: RequestListener = (req, res) => {
    if (req.url?.startsWith('/.well-known/oauth-protected-resource')) {
      if (metadata === undefined) return void res.writeHead(404).end();
      return void res.end(JSON.stringify(metadata(url)));
    }
    res.writeHead(call.status, call.headers).end();
  };
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return url;
}
