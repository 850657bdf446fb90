/** APIs that administrators define while the server runs: from the call that defines one to its last token. */
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { accessToken, expectRefusal } from '../support/auth-server.ts';
import {
  administer,
  askForOrders,
  defineOrders,
  introspected,
  ORDERS,
  registerJob,
  startDefining,
} from '../support/defining.ts';

test('a client gets tokens for an API as soon as it is defined, and its resource server may introspect them', async () => {
  const server = await startDefining();
  const job = await registerJob(server);
  await expectRefusal(await askForOrders(server, job), 400, 'invalid_target');
  await defineOrders(server);
  const token = await accessToken(await askForOrders(server, job));
  expect(await introspected(server, token)).toMatchObject({
    active: true,
    aud: ORDERS,
    scope: 'orders:read',
  });
});

test('a token is inactive at its next introspection when its scope is removed, and there are no more of them', async () => {
  const server = await startDefining();
  const job = await registerJob(server);
  const { path, etag } = await defineOrders(server);
  const token = await accessToken(await askForOrders(server, job));
  const patch = {
    scopes: { 'orders:read': null, 'orders:list': 'List your orders' },
    default_scopes: ['orders:list'],
  };
  expect((await administer(server, 'PATCH', path, patch, { 'if-match': etag })).status).toBe(200);
  expect(await introspected(server, token)).toEqual({ active: false });
  expect((await askForOrders(server, job)).status).toBe(400);
});

test('a token of an API that was deleted is inactive, and stays so when the API is defined again', async () => {
  const server = await startDefining();
  const job = await registerJob(server);
  const { path, etag } = await defineOrders(server);
  const token = await accessToken(await askForOrders(server, job));
  expect((await administer(server, 'DELETE', path, undefined, { 'if-match': etag })).status).toBe(204);
  expect(await introspected(server, token)).toEqual({ active: false });
  await expectRefusal(await askForOrders(server, job), 400, 'invalid_target');
  // Times in tokens are whole seconds.
  await expect
    .poll(() => Math.floor(Date.now() / 1_000), { timeout: 3_000 })
    .toBeGreaterThan(issuedAt(token));
  await defineOrders(server);
  expect(await introspected(server, token)).toEqual({ active: false });
  expect(await introspected(server, await accessToken(await askForOrders(server, job)))).toMatchObject({
    active: true,
  });
});

function issuedAt(token: string): number {
  return Number(decodeJwt(token).iat);
}
