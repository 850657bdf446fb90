/** How `npm start` starts and stops. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { faultsOf } from 'shared/test/faults-of.ts';
import { freePort, serve } from 'shared/test/serve.ts';
import { describe, expect, onTestFinished, test } from 'vitest';
import { settingsSchema as authServer } from '../../auth-server/src/config.ts';
import { settingsSchema as resourceServer } from '../../resource-server/src/config.ts';
import { settingsSchema as webapp } from '../../webapp/src/config.ts';
import { type System, startedSystem, startSystem } from './system.ts';

const services = ['auth-server', 'resource-server', 'webapp'];

/** What the command wrote besides the log, as sorted lines. */
const complaintsOf = (system: System) =>
  system
    .output()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('{'))
    .sort();

const pidOf = async (system: System, service: string) =>
  Number((await system.line((line) => line.service === service && line.event === 'service.listening')).pid);

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('the command that starts all three', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('ends all three cleanly on %s', async (signal) => {
    const system = await startedSystem();
    system.process.kill(signal);
    expect(await system.ended).toBe(0);
    const stopped = system.lines().filter(({ event }) => event === 'service.stopped');
    expect(stopped.map(({ service }) => service).sort()).toEqual(services);
  });

  test('says what to try, in a log of JSON objects only', async () => {
    const system = await startedSystem();
    await system.stop();
    const ready = system.lines().find(({ event }) => event === 'all.ready');
    expect(ready?.try).toBe(`curl ${system.urls.webapp}/current_time`);
  });

  test('says at once what it starts, and that it waits', async () => {
    const system = await startedSystem();
    await system.stop();
    const [first] = system.lines();
    expect(first).toMatchObject({ service: 'start', event: 'all.starting', level: 'info' });
    expect(first?.msg).toBe(
      `starting ${services
        .map(
          (service, index) => `${service} on port ${new URL(Object.values(system.urls)[index] ?? '').port}`,
        )
        .join(', ')}; waiting for all three`,
    );
    // It was told to stop, so there is nothing to explain.
    expect(system.lines().map(({ event }) => event)).not.toContain('all.ended');
  });

  test('says that the webapp gets no tokens when only the auth server is without the password grant', async () => {
    const system = await startedSystem({ PASSWORD_GRANT: 'off' });
    await system.stop();
    const ready = system.lines().find(({ event }) => event === 'all.ready');
    expect(ready).toMatchObject({
      level: 'warn',
      mend: expect.stringContaining('GRANT_TYPE=authorization_code'),
    });
    expect(ready).not.toHaveProperty('try');
  });

  test('says what to try in a browser when the webapp uses the authorization code flow', async () => {
    const system = await startedSystem({ PASSWORD_GRANT: 'off', GRANT_TYPE: 'authorization_code' });
    await system.stop();
    const ready = system.lines().find(({ event }) => event === 'all.ready');
    expect(ready).toMatchObject({
      level: 'info',
      try: `open ${system.urls.webapp}/current_time in a browser`,
    });
  });

  test.each(services)('ends the others and exits non-zero when %s dies', async (service) => {
    const system = await startedSystem();
    const pids = await Promise.all(services.map((name) => pidOf(system, name)));
    process.kill(await pidOf(system, service), 'SIGKILL');
    expect(await system.ended).toBe(1);
    expect(pids.filter(isRunning)).toEqual([]);
    expect(system.lines().at(-1)).toMatchObject({
      event: 'all.ended',
      level: 'error',
      msg: `ended, because ${service} was ended by SIGKILL`,
    });
  });

  test('leaves no service behind when it is killed itself', async () => {
    const system = await startedSystem();
    const pids = await Promise.all(services.map((name) => pidOf(system, name)));
    system.process.kill('SIGKILL');
    await once(system.process, 'exit');
    for (let waited = 0; waited < 5_000 && pids.some(isRunning); waited += 50) await sleep(50);
    expect(pids.filter(isRunning)).toEqual([]);
  });

  test('says in one line that a port is taken, and exits with 1', async () => {
    const taken = new URL(await serve(() => {})).port;
    const system = await startSystem({ WEBAPP_PORT: taken });
    expect(await system.ended).toBe(1);
    expect(complaintsOf(system)).toEqual([
      `webapp: port ${taken} on 127.0.0.1 is taken: stop what listens there or choose another port (docs/settings.md)`,
    ]);
    expect(system.lines().at(-1)).toMatchObject({
      event: 'all.ended',
      msg: 'ended, because webapp could not start: its own lines above say why',
    });
  });

  test('names every fault of the settings of all three, and listens to nothing', async () => {
    const settings = { APP_ENV: 'production', LOG_LEVEL: 'loud' };
    const system = await startSystem(settings);
    onTestFinished(() => void system.process.kill('SIGKILL'));
    expect(await system.ended).toBe(1);
    const faults = Object.entries({ 'auth-server': authServer, 'resource-server': resourceServer, webapp });
    expect(complaintsOf(system)).toEqual(
      faults
        .flatMap(([service, schema]) => faultsOf(schema, settings).map((fault) => `${service}: ${fault}`))
        .sort(),
    );
    expect(complaintsOf(system).filter((line) => line.includes(': LOG_LEVEL: '))).toHaveLength(3);
    expect(system.lines().map(({ event }) => event)).toEqual(['all.starting', 'all.ended']);
    expect(system.lines().at(-1)?.services).toEqual(expect.arrayContaining(services));
    for (const url of Object.values(system.urls)) await expect(fetch(url)).rejects.toThrow();
  });

  test('names every fault of its own settings at once, and starts nothing', async () => {
    const ports = { AUTH_SERVER_PORT: '0', RESOURCE_SERVER_PORT: '65536', WEBAPP_PORT: 'http' };
    const system = await startSystem({ ...ports, PORT: '5000' });
    onTestFinished(() => void system.process.kill('SIGKILL'));
    expect(await system.ended).toBe(1);
    expect(complaintsOf(system)).toEqual([
      'npm start: AUTH_SERVER_PORT: must not be 0: the services have to find each other',
      'npm start: PORT: is for one service; for all three set AUTH_SERVER_PORT, RESOURCE_SERVER_PORT and WEBAPP_PORT',
      'npm start: RESOURCE_SERVER_PORT: must be a number from 0 to 65535',
      'npm start: WEBAPP_PORT: must be a number from 0 to 65535',
    ]);
    expect(system.lines()).toEqual([]);
  });

  test('names the faults of the services together with its own', async () => {
    const system = await startSystem({ PORT: '5000', LOG_LEVEL: 'loud', SIGNING_ALG: 'none' });
    onTestFinished(() => void system.process.kill('SIGKILL'));
    expect(await system.ended).toBe(1);
    expect(complaintsOf(system)).toEqual([
      expect.stringMatching(/^auth-server: LOG_LEVEL: /),
      expect.stringMatching(/^auth-server: SIGNING_ALG: /),
      expect.stringMatching(/^npm start: PORT: /),
      expect.stringMatching(/^resource-server: LOG_LEVEL: /),
      expect.stringMatching(/^webapp: LOG_LEVEL: /),
    ]);
  });

  test('resolves the path of a file from where npm was started', async () => {
    const system = await startedSystem({
      CLIENTS_FILE: 'clients.json',
      INIT_CWD: folderWith('clients.json'),
    });
    expect(await system.stop()).toBe(0);
  });

  test('says after 10 seconds which service is not ready, and keeps waiting', {
    timeout: 20_000,
  }, async () => {
    const port = await freePort();
    const INTROSPECTION_ENDPOINT = `http://127.0.0.1:${port}/introspect`;
    const system = await startSystem({ INTROSPECTION_ENDPOINT });
    onTestFinished(async () => void (await system.stop()));
    const late = await system.line(({ event }) => event === 'all.late');
    expect(late).toMatchObject({ level: 'warn', notReady: ['resource-server'] });
    await serve((_, res) => res.end(), port);
    await system.line(({ event }) => event === 'all.ready');
    expect(system.lines().filter(({ event }) => event === 'all.late')).toHaveLength(1);
  });
});

test.each(services)(
  'the command that starts the %s alone reads its settings',
  { timeout: 30_000 },
  (service) => {
    const { status, stderr } = spawnSync('npm', ['start', '-w', service], {
      cwd: new URL('../../', import.meta.url),
      env: { PATH: process.env.PATH, PORT: 'x' },
      encoding: 'utf8',
    });
    expect(stderr).toContain('PORT: must be a number from 0 to 65535');
    expect(status).toBe(1);
  },
);

/** A folder with a file of this name, which holds an empty JSON list, until the test is finished. */
function folderWith(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'started-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, name), '[]');
  return folder;
}
