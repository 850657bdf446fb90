/** The addresses in the documents, and the commands of the README, tried on the running system. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { services } from '../documented-services.ts';
import { type System, startedSystem } from '../system.ts';
import { commandsOf, named, pages, textOf } from './pages.ts';

const run = promisify(execFile);

let system: System;

beforeAll(async () => {
  system = await startedSystem({ INITIAL_ACCESS_TOKEN: 'of-sixteen-or-more-characters' });
  return async () => void (await system.stop());
}, 20_000);

/** The ports of the services in the documents: those of `npm start`, and of the second system in containers. */
const ports = {
  authServer: ['5001', '5011'],
  resourceServer: ['5002', '5012'],
  webapp: ['5003', '5013'],
} as const;

const addresses = pages.flatMap((page) =>
  named(textOf(page), /\blocalhost:(50[01]\d\/[\w./-]*\w)/g).map((address) => ({ page, address })),
);

test.each(addresses)('$page names $address, which exists', async ({ address }) => {
  const [, port = '', path = ''] = /^(\d+)(\/.*)$/.exec(address) ?? [];
  if (port === '5004') return expect(path, 'nothing listens there').toBe('/callback');
  if (port === '5006') return expect([...pathsOf('admin API'), '/docs'].some(matches(path))).toBe(true);
  const service = (Object.keys(ports) as (keyof typeof ports)[]).find((name) =>
    (ports[name] as readonly string[]).includes(port),
  );
  const base = system.urls[service as keyof typeof ports];
  const endpoints = service === 'authServer' ? await endpointsOf(base) : [];
  if (endpoints.includes(path)) return;
  expect((await fetch(base + path, { redirect: 'manual' })).status).not.toBe(404);
});

describe('the commands of the README', () => {
  const readme = textOf('README.md');

  test('work as they are written', async () => {
    const commands = commandsOf(readme).map(atThisSystem);
    expect(commands.length).toBeGreaterThan(8);
    // In one shell, since a command may set a variable for later ones. The first failure ends it.
    const script = [
      'set -e -o pipefail',
      'curl() { command curl --silent --show-error --fail "$@"; echo; }',
      ...commands,
    ];
    const { stdout } = await run('bash', ['-c', script.join('\n')]);
    expect(stdout).toMatch(/\{"current_time":"[^"]+"\}/);
    expect(stdout).toContain('"active":true');
    expect(stdout).toContain('"token_endpoint"');
  });

  test('answer as it shows', async () => {
    const shown = [...readme.matchAll(/^ {4}\$ (curl .*)\n {4}([^$\s].*)$/gm)];
    expect(shown.length).toBe(3);
    for (const [, command = '', answer = ''] of shown) {
      const { stdout } = await run('bash', ['-c', `${atThisSystem(command)} --silent`]);
      expect(stdout.trim().replace(/\d/g, '0')).toBe(answer.replace(/\d/g, '0'));
    }
  });
});

function atThisSystem(command: string): string {
  return command
    .replaceAll('http://localhost:5001', system.urls.authServer)
    .replaceAll('http://localhost:5002', system.urls.resourceServer)
    .replaceAll('http://localhost:5003', system.urls.webapp);
}

/** Whether a described path, in which `{id}` and the like stand for any name, is that of an address. */
function matches(path: string): (described: string) => boolean {
  return (described) => new RegExp(`^${described.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
}

function pathsOf(name: string): string[] {
  return Object.keys(services.find((service) => service.name === name)?.document.paths ?? {});
}

/** The paths in the issuer's discovery document, not all of which answer GET. */
async function endpointsOf(issuer: string): Promise<string[]> {
  const discovery = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as object;
  return Object.values(discovery)
    .filter((value) => typeof value === 'string' && value.startsWith(`${issuer}/`))
    .map((url: string) => url.slice(issuer.length));
}
