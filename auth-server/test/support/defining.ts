/** An auth server at whose admin API the client {@link batch} may define an API, and register who gets tokens for it. */
import { expect } from 'vitest';
import { ADMIN_RESOURCE, type Administered, startAdministered } from './administered.ts';
import { accessToken, batch, batchRegistration, type Client, temporaryFile } from './auth-server.ts';

export const ORDERS = 'https://orders.example.com';

const registration = { ...batchRegistration, admin: true, scope: 'apis:write clients:write' };

/** The settings with which {@link startAdministered} starts such a server. */
export async function mayDefine(): Promise<Record<string, string>> {
  return { CLIENTS_FILE: await temporaryFile([registration]) };
}

export async function startDefining(environment: Record<string, string> = {}): Promise<Administered> {
  return startAdministered({ ...(await mayDefine()), ...environment });
}

/** Defines the API, and answers its path and its version. */
export async function defineOrders(server: Administered): Promise<{ path: string; etag: string }> {
  const response = await administer(server, 'POST', '/apis', {
    resource: ORDERS,
    name: 'Orders',
    scopes: { 'orders:read': 'See your orders' },
    default_scopes: ['orders:read'],
    access_token_ttl: 300,
    resource_servers: [batch.id],
  });
  expect(await response.json()).toMatchObject({ resource: ORDERS });
  const { headers } = response;
  return { path: String(headers.get('location')), etag: String(headers.get('etag')) };
}

/** A call of the admin API. */
export async function administer(
  { adminApi, requestClientToken }: Administered,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Response> {
  const token = await accessToken(
    await requestClientToken({ scope: 'apis:write clients:write', resource: ADMIN_RESOURCE }, batch),
  );
  return fetch(`${adminApi}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
}

/** Registers a client that acts for itself and may ask for what APIs let everybody ask for. */
export async function registerJob(server: Administered): Promise<Client> {
  const metadata = { grant_types: ['client_credentials'], response_types: [] };
  const response = await administer(server, 'POST', '/clients', metadata);
  const { client_id, client_secret } = (await response.json()) as Record<string, string>;
  return { id: String(client_id), secret: String(client_secret) };
}

/** Asks for a token for the API. */
export function askForOrders(
  { requestClientToken }: Pick<Administered, 'requestClientToken'>,
  job: Client,
): Promise<Response> {
  return requestClientToken({ resource: ORDERS, scope: 'orders:read' }, job);
}

/** What the resource server of the API is told of a token. */
export async function introspected(
  { post }: Pick<Administered, 'post'>,
  token: string,
): Promise<{ active: boolean }> {
  return (await (await post('/introspect', { token }, batch)).json()) as { active: boolean };
}
