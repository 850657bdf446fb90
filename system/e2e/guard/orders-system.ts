/** The whole system with the APIs and clients of a shop, and tokens for them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from 'shared/test/serve.ts';
import { accessToken, revokeToken } from '../issuer-calls.ts';
import { type System, startedSystem } from '../system.ts';

/** The secret of every client here. */
export const SECRET = 'a-secret-of-the-test';

const client = (client_id: string, metadata: object) => ({
  client_id,
  client_secret: SECRET,
  response_types: [],
  ...metadata,
});

/** A client that gets tokens of alice's. */
export const shop = (scope: string) =>
  client('shop', { grant_types: ['password'], first_party: true, scope });

export interface OrdersSystem {
  issuer: string;
  system: System;
  /** Starts the system again at its addresses, after it was stopped. */
  again(): Promise<OrdersSystem>;
}

/**
 * Starts the system. Whoever starts it stops it.
 *
 * @param resource the identifier of the orders API, whose tokens live a minute
 */
export async function startOrdersSystem(resource: string): Promise<OrdersSystem> {
  const folder = mkdtempSync(join(tmpdir(), 'guard-'));
  const file = (name: string, content: unknown) => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(content));
    return path;
  };
  const port = await freePort();
  const environment = {
    AUTH_SERVER_PORT: String(port),
    APIS_FILE: file('apis.json', [
      {
        resource,
        name: 'Orders',
        scopes: { 'orders:read': 'See your orders', 'orders:write': 'Change your orders' },
        access_token_ttl: 60,
        resource_servers: ['orders-api'],
      },
      {
        resource: 'https://stock.example.com',
        name: 'Stock',
        scopes: { 'stock:read': 'See what is in stock' },
        access_token_ttl: 60,
        resource_servers: ['orders-api'],
      },
    ]),
    CLIENTS_FILE: file('clients.json', [
      shop('orders:read stock:read'),
      client('job', { grant_types: ['client_credentials'], scope: 'orders:read' }),
      client('orders-api', { grant_types: [] }),
    ]),
  };
  const issuer = `http://localhost:${port}`;
  const start = async (): Promise<OrdersSystem> => ({
    issuer,
    system: await startedSystem(environment),
    again: start,
  });
  process.once('exit', () => rmSync(folder, { recursive: true }));
  return start();
}

const as = (id: string) => ({ id, secret: SECRET });

/** Gets a token of alice's for the scope. */
export function aliceToken(issuer: string, scope = 'orders:read'): Promise<string> {
  const form = { grant_type: 'password', username: 'alice', password: 'wonderland', scope };
  return accessToken(issuer, as('shop'), form);
}

/** Gets a token of the job's own. */
export function jobToken(issuer: string): Promise<string> {
  return accessToken(issuer, as('job'), { grant_type: 'client_credentials' });
}

/** Revokes a token of alice's. */
export function revoke(issuer: string, token: string): Promise<void> {
  return revokeToken(issuer, as('shop'), token);
}
