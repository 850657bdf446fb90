/** Axe finds nothing on any page, in light and in dark, on a desktop and on a phone. */
import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { PHONE } from './chromium.ts';
import { visitEveryPage } from './tour.ts';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

test.each([
  ['light', 'a desktop', {}],
  ['dark', 'a desktop', {}],
  ['light', 'a phone', PHONE],
  ['dark', 'a phone', PHONE],
] as const)('every page is accessible in %s colours on %s', async (colorScheme, _name, device) => {
  await visitEveryPage({ colorScheme, ...device }, async (page, name) => {
    const { violations, passes } = await scan(page);
    expect(
      violations.map(({ help, nodes }) => [help, nodes.map(({ html }) => html)]),
      name,
    ).toEqual([]);
    expect(
      passes.map(({ id }) => id),
      name,
    ).toContain('color-contrast');
  });
});

async function scan(page: Page): Promise<AxeResults> {
  const options: axe.RunOptions = { runOnly: { type: 'tag', values: tags } };
  await page.evaluate(axe.source);
  return page.evaluate(`axe.run(document, ${JSON.stringify(options)})`);
}
