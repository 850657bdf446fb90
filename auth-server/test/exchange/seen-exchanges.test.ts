/** What is seen of a chain afterwards: in the log, in the metrics and in the audit log. */
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { memoryAudit } from '../../src/stores/memory/audit.ts';
import { startAdministered } from '../support/administered.ts';
import { temporaryFile } from '../support/auth-server.ts';
import {
  apiClient,
  app,
  at,
  chainApi,
  chainClients,
  chainRequests,
  LINKS,
  startChain,
  stranger,
} from '../support/chain.ts';

test('the log says for whom a token was exchanged, for which API, who acts, and which tokens it came from', async () => {
  const chain = await startChain();
  const token = await chain.first();
  const last = await chain.upTo('warehouse', token);
  const { jti, scope } = decodeJwt(last);
  const line = chain.lines.findLast(({ event }) => event === 'token.issued');
  expect(line).toMatchObject({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    jti,
    scope,
    clientId: 'stock-api',
    user: 'alice',
    api: at('warehouse'),
    actors: ['stock-api', 'orders-api'],
    origin: {
      client_id: app.id,
      tokens: [{ jti: decodeJwt(token).jti, aud: at('orders') }, { aud: at('stock') }],
    },
  });
});

test('the metrics count exchanges by their result', async () => {
  const chain = await startChain();
  const token = await chain.first();
  await chain.upTo('warehouse', token);
  await chain.exchange('abc', apiClient('orders'), { resource: at('stock') });
  await chain.exchange(token, stranger, { resource: at('stock') });
  const text = await chain.metrics.text();
  const of = (result: string) =>
    Number(
      new RegExp(`^oauth_token_exchanges_total\\{[^}]*result="${result}"[^}]*\\} (\\d+)$`, 'm').exec(
        text,
      )?.[1],
    );
  expect([of('issued'), of('invalid_request'), of('unauthorized_client')]).toEqual([2, 1, 1]);
  expect(text).not.toContain('alice');
});

test('the audit log says who exchanged whose token, from where to where, and who acts', async () => {
  const audit = memoryAudit();
  const server = await startAdministered(
    {
      APIS_FILE: await temporaryFile(LINKS.map((name) => chainApi(name))),
      CLIENTS_FILE: await temporaryFile(chainClients),
      USER_DIRECTORY: 'accept-anyone',
    },
    undefined,
    { audit },
  );
  const chain = chainRequests(server);
  await chain.upTo('warehouse', await chain.first());
  await chain.exchange('abc', apiClient('orders'), { resource: at('stock') });
  const records = (await audit.list(undefined, 100)).reverse();
  expect(records.filter(({ action }) => action === 'token_exchanged')).toMatchObject([
    {
      actor: { client: 'orders-api' },
      subject: 'user:alice',
      address: '127.0.0.1',
      details: {
        from: at('orders'),
        to: at('stock'),
        scopes: ['stock:read'],
        actors: ['orders-api'],
        first_client: app.id,
      },
    },
    {
      actor: { client: 'stock-api' },
      subject: 'user:alice',
      details: {
        from: at('stock'),
        to: at('warehouse'),
        actors: ['stock-api', 'orders-api'],
        first_client: app.id,
      },
    },
  ]);
});
