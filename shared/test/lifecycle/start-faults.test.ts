/** A service that cannot start says why in plain lines, and exits. */
import { expect, test } from 'vitest';
import { freePort, serve } from '../serve.ts';
import { logOf, spawnService, startService } from './child-service.ts';

test('with bad settings it names every fault on stderr, one a line, exits with 1, and listens to nothing', async () => {
  const port = await freePort();
  const { ended } = spawnService({ PORT: String(port), LOG_LEVEL: 'loud', APP_ENV: 'prod' });
  const { exitCode, stdout, stderr } = await ended;
  expect(exitCode).toBe(1);
  expect(stdout).toBe('');
  expect(stderr.split('\n').sort()).toEqual([
    '',
    expect.stringMatching(/^fixture: APP_ENV: /),
    expect.stringMatching(/^fixture: LOG_LEVEL: /),
  ]);
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
});

test('a malformed URL is told as a fault and not as a stack trace', async () => {
  const { ended } = spawnService({ PORT: '0', UPSTREAM: 'upstream.example' });
  const { exitCode, stderr } = await ended;
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^fixture: UPSTREAM: [^\n]+\n$/);
});

test('a missing required setting is named', async () => {
  const { exitCode, stderr } = await spawnService({}).ended;
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^fixture: PORT: [^\n]+\n$/);
});

test('a misspelt setting is named in the log, and does not keep the service from starting', async () => {
  const { base, child, ended } = await startService({ UPSTERAM: 'http://localhost:1', HOME: '/root' });
  expect((await fetch(base)).ok).toBe(true);
  child.kill('SIGINT');
  const warnings = logOf(await ended).filter(({ event }) => event === 'setting.misspelt');
  expect(warnings).toMatchObject([
    { level: 'warn', msg: 'UPSTERAM: is not a setting; did you mean UPSTREAM?' },
  ]);
});

test('a port that is taken is told in one line', async () => {
  const { port } = new URL(await serve((_, res) => res.end()));
  const { exitCode, stdout, stderr } = await spawnService({ PORT: port }).ended;
  expect(exitCode).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(
    new RegExp(`^fixture: [^\\n]*\\b${port}\\b[^\\n]* is taken[^\\n]* choose another port[^\\n]*\\n$`),
  );
});

test('an address of another machine is told in one line', async () => {
  const { exitCode, stderr } = await spawnService({ PORT: '0', HOST: '192.0.2.1' }).ended;
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^fixture: HOST: [^\n]+\n$/);
});
