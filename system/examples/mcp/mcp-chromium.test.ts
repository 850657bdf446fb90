/** The user of an MCP client signs in, allows and steps up in Chromium. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { connect, type Visit } from './mcp-client.ts';
import { type McpServers, startMcpServers } from './mcp-servers.ts';

let mcp: McpServers;
beforeAll(async () => {
  mcp = await startMcpServers();
});
afterAll(() => mcp?.stop());

/** Where the browser comes back to the application, on a port that the system has chosen. */
async function callback() {
  let arrived = (_: URL) => {};
  const server = createServer(({ url = '' }, response) => {
    response
      .setHeader('content-type', 'text/html')
      .end('<!doctype html><title>Back</title>You may close this.');
    arrived(new URL(url, redirectUrl));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const redirectUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`;
  const next = () => new Promise<URL>((resolve) => (arrived = resolve));
  return { redirectUrl, next };
}

async function press(page: Page, button: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click();
}

test('a client is discovered, registered and allowed, and steps up, as its user sees it in a browser', async () => {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const { redirectUrl, next } = await callback();
  const shown: string[] = [];
  const visit: Visit = async (address) => {
    const back = next();
    await page.goto(address.href);
    const username = page.getByLabel('Username');
    const consent = page.getByRole('heading', { name: 'Allow Notebook?' });
    await username.or(consent).waitFor();
    if (await username.isVisible()) {
      await username.fill('alice');
      await page.getByLabel('Password').fill('wonderland');
      await press(page, 'Sign in');
    }
    await consent.waitFor();
    shown.push(await page.locator('main, body').first().innerText());
    await press(page, 'Allow');
    await page.waitForURL((url) => url.href.startsWith(redirectUrl));
    return (await back).searchParams;
  };

  const application = await connect(mcp.notes, visit, redirectUrl);
  expect(await application.call('list_notes')).toBe('You have no notes.');
  expect(await application.call('add_note', { note: 'Buy milk' })).toBe('You have 1 notes.');
  await application.close();

  const [first = '', second = ''] = shown;
  expect(shown).toHaveLength(2);
  expect(first).toContain('See your notes');
  expect(first).not.toContain('Change your notes');
  // Where the user is sent next, since nobody knows who is behind the name.
  expect(first).toContain(new URL(redirectUrl).host);
  const [asked = '', before = ''] = second.split('You allowed before');
  expect(asked).toContain('Change your notes');
  expect(before).toContain('See your notes');
});
