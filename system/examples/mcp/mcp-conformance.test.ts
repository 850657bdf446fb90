/** The official conformance suite of MCP, its scenarios for authorization servers (2026-07-28), against the issuer. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from 'shared/test/serve.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inBrowser } from './mcp-client.ts';
import { type McpServers, startMcpServers } from './mcp-servers.ts';

const suite = fileURLToPath(
  new URL('../../../node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url),
);

interface Check {
  id: string;
  status: string;
  errorMessage?: string;
}

let mcp: McpServers;
beforeAll(async () => {
  mcp = await startMcpServers();
});
afterAll(() => mcp?.stop());

/** A client that registers itself for the callback of the suite, and its id. */
async function registered(callback: string): Promise<string> {
  const response = await fetch(`${mcp.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'Conformance', redirect_uris: [callback] }),
  });
  return ((await response.json()) as { client_id: string }).client_id;
}

test('the suite finds no failure and nothing to warn of', async () => {
  const port = await freePort();
  const callback = `http://127.0.0.1:${port}/callback`;
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  const options = {
    '--url': mcp.issuer,
    '--client-id': await registered(callback),
    '--resource': mcp.notes,
    '--port': String(port),
    '--spec-version': '2026-07-28',
    '--output-dir': folder,
  };
  const run = spawn(process.execPath, [suite, 'authorization', ...Object.entries(options).flat()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(run, 'close');
  let output = '';
  let visited = false;
  for await (const chunk of run.stdout) {
    output += chunk;
    const [address] = /^http\S+\/authorize\?\S+$/m.exec(output) ?? [];
    // The suite waits for somebody who opens the address in a browser.
    if (address === undefined || visited) continue;
    visited = true;
    const answer = await inBrowser(mcp.issuer)(new URL(address));
    await fetch(`${callback}?${answer}`);
  }
  const checks = readdirSync(folder).flatMap(
    (scenario) => JSON.parse(readFileSync(join(folder, scenario, 'checks.json'), 'utf8')) as Check[],
  );
  rmSync(folder, { recursive: true });

  expect(checks.filter(({ status }) => status !== 'SUCCESS')).toEqual([]);
  expect(checks.map(({ id }) => id).sort()).toEqual([
    'authorization-code-grant',
    'authorization-server-metadata',
    'authorization-server-metadata-cimd',
  ]);
  expect(await closed, output).toEqual([0, null]);
});
