/** `npm run example:mcp` starts the services with an MCP server beside them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from 'shared/test/serve.ts';
import { expect, onTestFinished, test, vi } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

test('it runs until Ctrl-C, and all that it has started ends with it', async () => {
  const authServer = await freePort();
  const example = spawn('npm', ['run', '-s', 'example:mcp'], {
    cwd: root,
    env: {
      ...process.env,
      AUTH_SERVER_PORT: String(authServer),
      RESOURCE_SERVER_PORT: String(await freePort()),
      WEBAPP_PORT: String(await freePort()),
    },
    // A group of its own, to which a terminal would send the signal.
    detached: true,
    stdio: 'ignore',
  });
  const closed = once(example, 'close');
  const group = (signal: NodeJS.Signals) => void process.kill(-Number(example.pid), signal);
  onTestFinished(() => {
    if (example.exitCode === null && example.signalCode === null) group('SIGKILL');
  });
  // The identifier of the server has its port, so that it is the same each time.
  const calls = ['http://localhost:5070/mcp', `http://localhost:${authServer}/health/live`];
  const statuses = await vi.waitFor(() => Promise.all(calls.map(async (url) => (await fetch(url)).status)), {
    timeout: 20_000,
    interval: 100,
  });
  expect(statuses).toEqual([401, 200]);
  const metadata = await fetch(`http://localhost:${authServer}/.well-known/oauth-authorization-server`);
  expect(await metadata.json()).toHaveProperty('registration_endpoint');

  group('SIGINT');
  await closed;
  for (const url of calls)
    await vi.waitFor(() => expect(fetch(url)).rejects.toThrow(), { timeout: 10_000, interval: 100 });
});
