/** The page of the OpenAPI documents, in a browser that reports every breach of the policy. */
import Koa from 'koa';
import { answerOpenApi } from 'shared/http/openapi.ts';
import { freePort, serve } from 'shared/test/serve.ts';
import { expect, test } from 'vitest';
import { apiDocument } from '../../resource-server/src/http/openapi.ts';
import { webappDocument } from '../../webapp/src/http/openapi.ts';
import { startAdminApi } from '../test/admin/admin-api.ts';
import { openQuietWindow } from './chromium.ts';

/** Opens the page, with the admin API at its own identifier, and the other two documents at origins of their own. */
async function openDocs() {
  const port = await freePort();
  const resource = `http://127.0.0.1:${port}`;
  const time = await serveDocument(apiDocument('http://localhost:5002', resource));
  const webapp = await serveDocument(webappDocument('http://localhost:5003/callback'));
  const api = await startAdminApi({
    resource,
    otherDocuments: [
      { name: 'Time API', url: time },
      { name: 'Webapp', url: webapp },
    ],
  });
  await serve(api.app.callback(), port);
  const page = await openQuietWindow({ viewport: { width: 1200, height: 1400 } });
  await page.goto(`${resource}/docs`);
  return { ...api, page };
}

async function serveDocument(document: object): Promise<string> {
  const app = new Koa();
  app.use(answerOpenApi(document));
  return `${await serve(app.callback())}/openapi.json`;
}

test('the page shows the admin API, and offers the other documents', async () => {
  const { page } = await openDocs();
  await page.getByText('List users').waitFor();
  expect(await page.locator('#select option').allTextContents()).toEqual(['Admin API', 'Time API', 'Webapp']);
  for (const [name, operation] of [
    ['Time API', 'See the current time'],
    ['Webapp', 'Come back with a code'],
  ] as const) {
    await page.locator('#select').selectOption({ label: name });
    await page.getByText(operation).waitFor();
    await page.getByText(operation).click();
    await page.locator('.opblock-body .responses-table').last().waitFor();
    expect(await page.getByRole('button', { name: 'Try it out' }).count()).toBe(0);
  }
});

test('a call can be tried with a token that was given to the page', async () => {
  const { page, admin, tokenFor } = await openDocs();
  await page.getByText('Get your profile').click();
  await page.getByRole('button', { name: 'Try it out' }).click();
  const execute = page.getByRole('button', { name: 'Execute' });
  await execute.click();
  await page.getByText('This API needs an access token.').waitFor();
  // As a sign-in on the page would do.
  const signedIn = {
    auth: { name: 'oauth2', schema: { type: 'oauth2' } },
    token: { access_token: tokenFor(admin), token_type: 'Bearer' },
  };
  await page.evaluate(`ui.authActions.authorizeOauth2(${JSON.stringify(signedIn)})`);
  await execute.click();
  await page.locator('.live-responses-table').getByText('"root"').waitFor();
});
