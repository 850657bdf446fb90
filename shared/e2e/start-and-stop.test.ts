/** `npm start` from its beginning to its end. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { serve } from '../test/serve.ts';
import { type System, startedSystem, startSystem } from './system.ts';

const services = ['auth-server', 'resource-server', 'webapp'];

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

  test('says what to try, in a log of nothing but JSON objects', async () => {
    const system = await startedSystem();
    await system.stop();
    const ready = system.lines().find(({ event }) => event === 'all.ready');
    expect(ready?.try).toBe(`curl ${system.urls.webapp}/current_time`);
  });

  test.each(services)('ends the others and exits non-zero when %s dies', async (service) => {
    const system = await startedSystem();
    const pids = await Promise.all(services.map((name) => pidOf(system, name)));
    process.kill(await pidOf(system, service), 'SIGKILL');
    expect(await system.ended).toBe(1);
    expect(pids.filter(isRunning)).toEqual([]);
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
    const complaints = system
      .output()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('{'));
    expect(complaints).toEqual([
      `webapp: port ${taken} on 127.0.0.1 is taken: stop what listens there or set PORT`,
    ]);
  });

  test('names every fault of bad settings, and exits with 1', async () => {
    const system = await startSystem({ APP_ENV: 'production', LOG_LEVEL: 'loud' });
    onTestFinished(() => void system.process.kill('SIGKILL'));
    expect(await system.ended).toBe(1);
    expect(system.output()).toContain('LOG_LEVEL: ');
    expect(system.output()).toContain('_CLIENT_SECRET: must not be the demo secret in production');
    expect(system.output()).not.toContain('    at ');
  });
});
