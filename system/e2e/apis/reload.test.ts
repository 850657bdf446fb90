/** SIGHUP has the auth server read its files again, without losing a request; and the clock may be one of their APIs. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from 'shared/test/serve.ts';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type System, startSystem } from '../system.ts';

const orders = {
  resource: 'https://orders.example.com',
  name: 'Orders',
  scopes: { 'orders:read': 'See your orders' },
};
const parts = {
  resource: 'https://parts.example.com',
  name: 'Parts',
  scopes: { 'parts:read': 'See the parts' },
};

/** A client with this scope that acts for itself. */
const client = (id: string, scope: string) => ({
  client_id: id,
  client_secret: 'a secret of the test',
  grant_types: ['client_credentials'],
  response_types: [],
  scope,
});

/** Starts the system with these files, and stops it after the test. */
async function start(environment: Record<string, string>, files: Record<string, unknown>) {
  const folder = mkdtempSync(join(tmpdir(), 'reload-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = (setting: string) => join(folder, `${setting}.json`);
  const write = (setting: string, content: unknown) => {
    // As editors and Kubernetes do, so that nobody reads half a file.
    writeFileSync(`${path(setting)}.new`, typeof content === 'string' ? content : JSON.stringify(content));
    renameSync(`${path(setting)}.new`, path(setting));
  };
  for (const [setting, content] of Object.entries(files)) write(setting, content);
  const paths = Object.fromEntries(Object.keys(files).map((setting) => [setting, path(setting)]));
  const system = await startSystem({ ...paths, ...environment });
  onTestFinished(async () => void (await system.stop()));
  await system.line(({ event }) => event === 'all.ready');
  return { system, write };
}

/** Sends SIGHUP to the auth server, and answers the log lines about it once there are so many of the event. */
async function hangUp(system: System, event: string, count: number) {
  const { pid } = await system.line(
    (line) => line.service === 'auth-server' && line.event === 'service.listening',
  );
  process.kill(Number(pid), 'SIGHUP');
  const about = () => system.lines().filter((line) => line.event === event);
  await vi.waitFor(() => expect(about()).toHaveLength(count), { timeout: 10_000, interval: 10 });
  return about();
}

const post = ({ urls }: System, path: string, id: string, form: Record<string, string>) =>
  fetch(`${urls.authServer}${path}`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${id}:${encodeURIComponent('a secret of the test')}`)}` },
    body: new URLSearchParams(form),
  });
const requestToken = (system: System, id: string, form: Record<string, string> = {}) =>
  post(system, '/token', id, { grant_type: 'client_credentials', ...form });
const tokenOf = async (response: Response) =>
  ((await response.json()) as { access_token: string }).access_token;
const isActive = async (system: System, id: string, token: string) =>
  ((await (await post(system, '/introspect', id, { token })).json()) as { active: boolean }).active;

test('files that change ten times under load cost no call; new APIs work at once, and tokens of old ones end', async () => {
  const clients = [client('steady', 'orders:read'), client('changing', 'parts:read')];
  const long = { ...orders, access_token_ttl: 300 };
  const both = { APIS_FILE: [long, { ...parts, access_token_ttl: 300 }], CLIENTS_FILE: clients };
  const one = { APIS_FILE: [long], CLIENTS_FILE: clients.slice(0, 1) };
  const { system, write } = await start({}, one);
  let isOver = false;
  const failed: string[] = [];
  let calls = 0;
  const callers = Array.from({ length: 16 }, async () => {
    while (!isOver) {
      const response = await requestToken(system, 'steady');
      const isGood = response.status === 200 && (await isActive(system, 'steady', await tokenOf(response)));
      if (!isGood) failed.push(`status ${response.status}`);
      calls += 1;
    }
  });
  let token = '';
  for (let change = 1; change <= 10; change += 1) {
    const hasBoth = change % 2 === 1;
    for (const [setting, content] of Object.entries(hasBoth ? both : one)) write(setting, content);
    await hangUp(system, 'settings.reloaded', change);
    if (hasBoth) {
      token = await tokenOf(await requestToken(system, 'changing'));
      expect(await isActive(system, 'changing', token)).toBe(true);
    } else {
      expect((await requestToken(system, 'changing')).status).toBe(401);
      expect(await isActive(system, 'steady', token)).toBe(false);
    }
  }
  isOver = true;
  await Promise.all(callers);
  expect(failed).toEqual([]);
  expect(calls).toBeGreaterThan(100);
}, 60_000);

test('files that cannot work leave the old ones in force, and the log says what is wrong with them', async () => {
  const { system, write } = await start(
    {},
    { APIS_FILE: [orders], CLIENTS_FILE: [client('job', 'orders:read')] },
  );
  write('APIS_FILE', [{ ...orders, resource_servers: ['orders-api', 'nobody'] }]);
  const refused = await hangUp(system, 'settings.not_reloaded', 2);
  const told = (id: string) =>
    `APIS_FILE: API https://orders.example.com: resource server ${id} is no client; what was in force before stays in force`;
  expect(refused.map(({ level, msg }) => ({ level, msg }))).toEqual(
    ['orders-api', 'nobody'].map((id) => ({ level: 'error', msg: told(id) })),
  );
  write('APIS_FILE', '[');
  expect((await hangUp(system, 'settings.not_reloaded', 3)).at(-1)?.msg).toMatch(
    /^APIS_FILE: .* is not JSON/,
  );
  expect((await requestToken(system, 'job')).status).toBe(200);
});

test('the three services work together when the clock is an API of the file, with tokens of a minute', async () => {
  const port = await freePort();
  const clock = {
    resource: `http://localhost:${port}`,
    name: 'Clock',
    scopes: { current_time: 'See the time', epoch_time: 'See the epoch time' },
    access_token_ttl: 60,
  };
  const { system } = await start(
    { CLOCK_API: 'off', RESOURCE_SERVER_PORT: String(port) },
    { APIS_FILE: [clock] },
  );
  const response = await fetch(`${system.urls.webapp}/current_time`);
  expect(response.status).toBe(200);
  expect(await response.json()).toHaveProperty('current_time');
});
