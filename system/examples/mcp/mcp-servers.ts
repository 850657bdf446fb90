/** The MCP server of `examples/mcp-server`, twice, behind an issuer at which clients register themselves. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from 'shared/test/serve.ts';
import { vi } from 'vitest';
import { textOf } from '../../e2e/documents/pages.ts';
import { startedSystem } from '../../e2e/system.ts';

const folder = 'examples/mcp-server';
const server = fileURLToPath(new URL(`../../../${folder}/server.js`, import.meta.url));

/** How long tokens for the second server live, in seconds. */
export const BRIEF_S = 5;

/** What runs. */
export interface McpServers {
  issuer: string;
  /** The server of the example. */
  notes: string;
  /** The same, whose tokens live {@link BRIEF_S} seconds only. */
  brief: string;
  /** Everything that was written to stdout and stderr. */
  output(): string;
  stop(): Promise<void>;
}

/** @param clients further clients of the issuer, beside that of the servers */
export async function startMcpServers(clients: object[] = []): Promise<McpServers> {
  const temporary = mkdtempSync(join(tmpdir(), 'mcp-'));
  const file = (name: string, content: unknown) => {
    writeFileSync(join(temporary, name), JSON.stringify(content));
    return join(temporary, name);
  };
  const ports = [await freePort(), await freePort()] as const;
  const [notes, brief] = ports.map((port) => `http://localhost:${port}/mcp`) as [string, string];
  const [api] = JSON.parse(textOf(`${folder}/apis.json`));
  const ofServers = JSON.parse(textOf(`${folder}/clients.json`));
  const system = await startedSystem({
    APIS_FILE: file('apis.json', [
      { ...api, resource: notes },
      { ...api, resource: brief, name: 'Brief notes', access_token_ttl: BRIEF_S },
    ]),
    CLIENTS_FILE: file('clients.json', [...ofServers, ...clients]),
    REGISTRATION: 'open',
    CIMD_ALLOWED: '*',
  });
  const issuer = system.urls.authServer;
  let output = '';
  const servers = ports.map((port) => {
    const environment = {
      PORT: String(port),
      ISSUER: issuer,
      NOTES_SECRET: ofServers[0].client_secret,
      PATH: process.env.PATH,
    };
    const started = spawn(process.execPath, [server], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [started.stdout, started.stderr]) stream.on('data', (chunk) => (output += chunk));
    process.once('exit', () => started.kill('SIGKILL'));
    return started;
  });
  for (const url of [notes, brief]) await vi.waitFor(() => fetch(url), { timeout: 20_000, interval: 100 });
  return {
    issuer,
    notes,
    brief,
    output: () => output + system.output(),
    async stop() {
      for (const one of servers) one.kill('SIGKILL');
      await system.stop();
      rmSync(temporary, { recursive: true, force: true });
    },
  };
}
