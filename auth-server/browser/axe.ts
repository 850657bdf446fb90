/** Axe, which knows what makes a page hard to use. */
import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Expects that axe finds nothing on a page, and that it has looked at the colours. */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  const { violations, passes } = await scan(page);
  expect(
    violations.map(({ help, nodes }) => [help, nodes.map(({ html }) => html)]),
    name,
  ).toEqual([]);
  expect(
    passes.map(({ id }) => id),
    name,
  ).toContain('color-contrast');
}

async function scan(page: Page): Promise<AxeResults> {
  const options: axe.RunOptions = { runOnly: { type: 'tag', values: tags } };
  await page.evaluate(axe.source);
  return page.evaluate(`axe.run(document, ${JSON.stringify(options)})`);
}
