/** APIs that administrators define at one replica are in force at the others within a second. */
import { randomBytes } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { emptyDatabase } from '../stores/empty-database.ts';
import { startAdministered } from '../support/administered.ts';
import { accessToken } from '../support/auth-server.ts';
import {
  administer,
  askForOrders,
  defineOrders,
  introspected,
  mayDefine,
  registerJob,
} from '../support/defining.ts';
import { createDatabase } from './support/server.ts';

const created = createDatabase();
let url: string;
beforeAll(async () => {
  url = await created;
});

/** A second, and what the requests themselves take on a busy machine. */
const SOON = { timeout: 2_000, interval: 50 };

test('an API that is defined at one replica gives tokens at the other, and none once it is deleted', async () => {
  await emptyDatabase(url);
  const environment = {
    ...(await mayDefine()),
    DATABASE_URL: url,
    SEALING_KEYS: randomBytes(32).toString('base64'),
    ISSUER: 'http://issuer.example',
  };
  const [one, other] = await Promise.all([startAdministered(environment), startAdministered(environment)]);
  const job = await registerJob(one);
  const { path, etag } = await defineOrders(one);
  expect((await askForOrders(one, job)).status).toBe(200);
  await expect.poll(async () => (await askForOrders(other, job)).status, SOON).toBe(200);
  const token = await accessToken(await askForOrders(other, job));
  expect(await introspected(one, token)).toMatchObject({ active: true });
  expect((await administer(one, 'DELETE', path, undefined, { 'if-match': etag })).status).toBe(204);
  expect(await introspected(one, token)).toEqual({ active: false });
  await expect.poll(() => introspected(other, token), SOON).toEqual({ active: false });
  expect((await askForOrders(other, job)).status).toBe(400);
});
