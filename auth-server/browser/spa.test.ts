/** An application in the browser, on an origin of its own, gets a token with DPoP and calls the API with it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { freePort, serve } from 'shared/test/serve.ts';
import { expect, onTestFinished, test } from 'vitest';
import { startAuthServer, temporaryFile } from '../test/support/auth-server.ts';
import { openWindow } from './chromium.ts';
import { press, signIn } from './visitor.ts';

/** Starts the API as a process of its own, which takes calls of applications of these origins. */
async function startApi(issuer: string, port: number, CORS_ORIGINS: string): Promise<void> {
  const main = fileURLToPath(new URL('../../resource-server/src/main.ts', import.meta.url));
  const env = {
    PATH: process.env.PATH,
    ISSUER: issuer,
    PORT: String(port),
    CORS_ORIGINS,
    RESOURCE: apiAt(port),
  };
  const api = spawn(process.execPath, [main], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  onTestFinished(async () => {
    api.kill('SIGKILL');
    await once(api, 'exit');
  });
  await once(api, 'message');
}

const apiAt = (port: number) => `http://127.0.0.1:${port}`;

/** Goes through the flow in the application, and answers what it shows in the end. */
async function useApplication(allowed: (origin: string) => string) {
  const html = await readFile(new URL('spa.html', import.meta.url));
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  await serve((_request, response) => void response.setHeader('Content-Type', 'text/html').end(html), port);
  const apiPort = await freePort();
  const { issuer } = await startAuthServer({
    RESOURCE: apiAt(apiPort),
    CLIENTS_FILE: await temporaryFile([
      {
        client_id: 'spa',
        client_name: 'Clock in the browser',
        token_endpoint_auth_method: 'none',
        dpop_bound_access_tokens: true,
        redirect_uris: [`${origin}/app`],
      },
    ]),
  });
  await startApi(issuer, apiPort, allowed(origin));
  const page = await openWindow();
  const settings = { issuer, api: apiAt(apiPort), client_id: 'spa' };
  await page.goto(`${origin}/app#${encodeURIComponent(JSON.stringify(settings))}`);
  await signIn(page);
  await press(page, 'Allow');
  const shown = page.locator('body:has-text("token_type")');
  return JSON.parse(await shown.innerText()) as Record<string, unknown>;
}

test('of a configured origin, and reads why a call was refused', async () => {
  expect(await useApplication((origin) => origin)).toEqual({
    token_type: 'DPoP',
    called: { status: 200, told: null, body: { current_time: expect.any(String) } },
    outOfScope: {
      status: 403,
      told: expect.stringContaining('error="insufficient_scope"'),
      body: expect.objectContaining({ status: 403 }),
    },
    withoutProof: {
      status: 401,
      told: expect.stringContaining('error="invalid_token"'),
      body: expect.objectContaining({ status: 401 }),
    },
  });
});

test('of another origin, and can do nothing with it', async () => {
  const failed = { failed: 'Failed to fetch' };
  const shown = await useApplication(() => 'https://app.example');
  expect(shown).toEqual({ token_type: 'DPoP', called: failed, outOfScope: failed, withoutProof: failed });
});
