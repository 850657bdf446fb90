/** Chromium, with windows that close after their test. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';

let browser: Browser;

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
});

afterAll(() => browser.close());

export const PHONE = { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true };

/** Opens a window of a browser without cookies. */
export async function openWindow(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  context.setDefaultTimeout(10_000);
  return context.newPage();
}

/** Opens such a window, and fails the test if the browser reports a script error or a breach of the policy. */
export async function openQuietWindow(options: BrowserContextOptions = {}): Promise<Page> {
  const page = await openWindow(options);
  const complaints = complaintsOf(page);
  onTestFinished(() => expect(complaints, 'what the browser complains about').toEqual([]));
  return page;
}

/** The complaints of the browser from now on, except for the status of error pages. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    const statusOfPage = message.text().startsWith('Failed to load resource: the server responded with');
    if (['error', 'warning'].includes(message.type()) && !statusOfPage) complaints.push(message.text());
  });
  return complaints;
}
