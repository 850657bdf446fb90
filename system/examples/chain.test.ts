/** `npm run example:chain` prints who called whom, for whom, and ends by itself. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from 'shared/test/serve.ts';
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { textOf } from '../e2e/documents/pages.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The settings of the example that name the ports of the services. */
async function ports() {
  return {
    AUTH_SERVER_PORT: String(await freePort()),
    RESOURCE_SERVER_PORT: String(await freePort()),
    WEBAPP_PORT: String(await freePort()),
  };
}

let output = '';
beforeAll(async () => {
  // It rejects unless the command ends with 0.
  const command = promisify(execFile)('npm', ['run', '-s', 'example:chain'], {
    cwd: root,
    env: { ...process.env, ...(await ports()) },
    timeout: 60_000,
  });
  const { stdout, stderr } = await command;
  expect(stderr).toBe('');
  output = stdout;
});

/** The facts that are printed of a call. */
function factsOf(call: string): Record<string, string> {
  const [, facts = ''] = output.split(`${call}\n`);
  const lines = facts.split('\n\n')[0]?.matchAll(/^ +(\w+(?: left)?) {2,}(.*)$/gm) ?? [];
  return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]));
}

test('each token of the chain is for alice, and names all who act for her, the one that calls now first', () => {
  const sub = 'alice';
  expect(factsOf('diary calls clock-desk for alice: GET /now')).toMatchObject({
    API: 'https://clock.example',
    scope: 'current_time',
    sub,
    client_id: 'diary',
    act: 'none',
    actors: 'none',
  });
  expect(factsOf('clock-desk calls calendar for alice: GET /day')).toMatchObject({
    API: 'https://calendar.example',
    scope: 'calendar:read',
    sub,
    client_id: 'clock-desk',
    act: '{"sub":"clock-desk"}',
    actors: 'clock-desk',
  });
  expect(factsOf('calendar calls almanac for alice: GET /season')).toMatchObject({
    API: 'https://almanac.example',
    scope: 'almanac:read',
    sub,
    client_id: 'calendar',
    act: '{"sub":"calendar","act":{"sub":"clock-desk"}}',
    actors: 'calendar, clock-desk',
  });
});

test('no token outlives the first one', () => {
  const left = [...output.matchAll(/seconds left +(\d+)/g)].map(([, seconds]) => Number(seconds));
  expect(left).toHaveLength(3);
  for (const seconds of left) expect(seconds).toBeLessThanOrEqual(60);
});

test('the answers of all APIs come back', () => {
  expect(output).toMatch(/^diary gets \{"current_time":"[^"]+Z","day":"\w+day","season":"\w+"\}$/m);
});

test('what no API has allowed is refused', () => {
  expect(output).toMatch(/^ {2}calendar wants almanac:write: +invalid_scope, /m);
  expect(output).toMatch(/^ {2}clock-desk wants to call almanac: +unauthorized_client, /m);
});

test('the last token ends with the first one', () => {
  const [, revoked = ''] = output.split('diary revokes its token.');
  expect([...revoked.matchAll(/: +(\S+)$/gm)].map(([, answer]) => answer)).toEqual([
    '{"active":true}',
    '{"active":false}',
    '401',
  ]);
});

test('the page of the example shows what is printed', () => {
  const [, shown = ''] = /^```text\n(.*?)^```/ms.exec(textOf('examples/chain/README.md')) ?? [];
  const withoutTime = (text: string) => text.replace(/(seconds left +)\d+/g, '$1*');
  expect(shown).not.toBe('');
  expect(withoutTime(output)).toContain(withoutTime(shown));
});

test.each(['SIGINT', 'SIGKILL'] as const)('with %s all that it has started ends, too', async (signal) => {
  const settings = await ports();
  const example = spawn('npm', ['run', '-s', 'example:chain'], {
    cwd: root,
    env: { ...process.env, ...settings },
    detached: true,
    stdio: 'ignore',
  });
  const closed = once(example, 'close');
  onTestFinished(() => void example.kill('SIGKILL'));
  const health = () => fetch(`http://localhost:${settings.AUTH_SERVER_PORT}/health/live`);
  await vi.waitFor(health, { timeout: 20_000, interval: 20 });
  example.kill(signal);
  await closed;
  await vi.waitFor(() => expect(health()).rejects.toThrow(), { timeout: 10_000, interval: 100 });
});
