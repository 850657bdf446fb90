/** A resource server that proxies ask about calls, and the sub-requests of such proxies. */
import type { Introspect } from 'guard';
import { startResourceServer, tokenOf } from './resource-server.ts';

/** The APIs behind the proxies of these tests. */
export const ORDERS = 'https://orders.example';
export const STOCK = 'https://example.com/apis/stock';

/** What a proxy sends with each sub-request about `GET /orders/1`; undefined leaves a header out. */
export function asked(changes: Record<string, string | undefined> = {}): Record<string, string> {
  const headers = {
    authorization: 'Bearer a-token',
    'x-forwarded-method': 'GET',
    'x-forwarded-uri': '/orders/1',
    'forward-auth-resource': ORDERS,
    'forward-auth-scope': 'orders:read',
    'forward-auth-user': 'required',
    ...changes,
  };
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Starts the server, whose introspection answers with these facts of a user's token for the orders. */
export async function startForwardAuth(
  facts: Parameters<typeof tokenOf>[0] = {},
  introspect: Introspect = async () => tokenOf({ aud: ORDERS, scope: 'orders:read', ...facts }),
) {
  const introspected: string[] = [];
  const server = await startResourceServer(
    { FORWARD_AUTH: `${ORDERS}, ${STOCK}` },
    {
      introspect: (token) => {
        introspected.push(token);
        return introspect(token);
      },
    },
  );
  return {
    ...server,
    introspected,
    ask: (changes?: Parameters<typeof asked>[0], init?: RequestInit) =>
      fetch(`${server.base}/forward-auth`, { ...init, headers: asked(changes) }),
  };
}
