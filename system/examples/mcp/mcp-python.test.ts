/** `examples/mcp-server`, used by the official Python client, where Python is at hand. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { allWanted, missing } from '../languages.ts';
import { CALLBACK, inBrowser } from './mcp-client.ts';
import { BRIEF_S, type McpServers, startMcpServers } from './mcp-servers.ts';

const program = fileURLToPath(new URL('client.py', import.meta.url));

/** The version that is known to work, of the package of the protocol's authors. */
const PACKAGE = 'mcp==2.3.0';

describe.skipIf(missing('Python') !== undefined && !allWanted)('the Python client', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-python-'));
  const python = join(folder, 'bin/python');
  let mcp: McpServers;

  beforeAll(async () => {
    expect(spawnSync('python3', ['-m', 'venv', folder]).status).toBe(0);
    const installed = spawnSync(python, ['-m', 'pip', 'install', '--quiet', PACKAGE], { encoding: 'utf8' });
    expect(installed.status, installed.stderr).toBe(0);
    mcp = await startMcpServers();
  });
  afterAll(async () => {
    await mcp?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Starts the application, whose user allows whatever is asked for. */
  async function started(server: string) {
    const application = spawn(python, [program, server, CALLBACK], { stdio: ['pipe', 'pipe', 'inherit'] });
    onTestFinished(() => void application.kill('SIGKILL'));
    const lines = createInterface(application.stdout)[Symbol.asyncIterator]();
    const visit = inBrowser(mcp.issuer);
    const asked: (string | null)[] = [];
    await next('ready');
    return {
      /** The scopes that the user was asked for. */
      asked,
      call(tool: string, input: object = {}): Promise<string> {
        application.stdin.write(`${tool} ${JSON.stringify(input)}\n`);
        return next('result');
      },
      async end(): Promise<void> {
        application.stdin.end();
        await once(application, 'close');
      },
    };

    /** What the next line of a kind says. Until then the user is sent to the pages that the application asks for. */
    async function next(wanted: string): Promise<string> {
      const [kind, ...rest] = String((await lines.next()).value).split(' ');
      const text = rest.join(' ');
      if (kind === wanted) return text;
      if (kind !== 'open') throw new Error(`${kind} ${text}`);
      asked.push(new URL(text).searchParams.get('scope'));
      application.stdin.write(`${await visit(new URL(text))}\n`);
      return next(wanted);
    }
  }

  test('registers itself, calls a tool, and steps up to the second scope', async () => {
    const { call, end, asked } = await started(mcp.notes);
    expect(await call('list_notes')).toBe('You have no notes.');
    expect(await call('add_note', { note: 'Buy milk' })).toBe('You have 1 notes.');
    expect(await call('list_notes')).toBe('Buy milk');
    expect(asked.map((scope) => scope?.replace(' offline_access', ''))).toEqual([
      'notes:read',
      'notes:read notes:write',
    ]);
    await end();
  });

  test('refreshes its token when it has expired', async () => {
    const { call, end, asked } = await started(mcp.brief);
    expect(await call('list_notes')).toBe('You have no notes.');
    await sleep((BRIEF_S + 1) * 1_000);
    expect(await call('list_notes')).toBe('You have no notes.');
    expect(asked).toHaveLength(1);
    await end();
  });
});
