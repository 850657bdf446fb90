/** Token exchange over several replicas: what ends a chain at one of them ends it at all. */
import { randomBytes } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { emptyDatabase } from '../stores/empty-database.ts';
import { startAuthServer, temporaryFile } from '../support/auth-server.ts';
import { apiClient, app, chainApi, chainClients, chainRequests, LINKS, partner } from '../support/chain.ts';
import { postAs } from '../support/code-flow.ts';
import { createDatabase } from './support/server.ts';

const created = createDatabase();
let url: string;
beforeAll(async () => {
  url = await created;
});
beforeEach(() => emptyDatabase(url));

describe.each(['jwt', 'opaque'])('two replicas, whose tokens are %s:', (access_token_format) => {
  async function startTwo() {
    const settings = {
      DATABASE_URL: url,
      SEALING_KEYS: randomBytes(32).toString('base64'),
      USER_DIRECTORY: 'accept-anyone',
      ISSUER: 'http://issuer.example',
      APIS_FILE: await temporaryFile(LINKS.map((name) => chainApi(name, { access_token_format }))),
      CLIENTS_FILE: await temporaryFile(chainClients),
    };
    const servers = await Promise.all([startAuthServer(settings), startAuthServer(settings)]);
    const [one, other] = servers.map((server) => ({ ...server, ...chainRequests(server) }));
    if (one === undefined || other === undefined) return expect.unreachable();
    const isActive = async (token: string) =>
      Promise.all(
        [one, other].map(async (server) => (await server.seenBy('warehouse', token)).active === true),
      );
    return { one, other, isActive };
  }

  test('a token of one is exchanged at the other, and ends with the first token', async () => {
    const { one, other, isActive } = await startTwo();
    const token = await one.first();
    const last = await other.upTo('warehouse', token);
    expect(await isActive(last)).toEqual([true, true]);
    expect((await one.revoke(token, app)).status).toBe(200);
    expect(await isActive(last)).toEqual([false, false]);
    const again = await other.exchange(token, apiClient('orders'), { audience: 'https://stock.example.com' });
    expect(again.status).toBe(400);
  });

  test('a chain ends with the grant that it came from', async () => {
    const { one, other, isActive } = await startTwo();
    const scope = 'orders:read stock:read warehouse:read';
    const tokens = await one.ofPartner(scope, ['orders', 'stock', 'warehouse']);
    const last = await other.upTo('warehouse', tokens.access_token);
    expect(await isActive(last)).toEqual([true, true]);
    expect((await postAs(other, partner, '/revoke', { token: tokens.refresh_token })).status).toBe(200);
    expect(await isActive(last)).toEqual([false, false]);
  });
});
