/** How an API calls the next one: with a token that it gets in exchange for that of its caller. */
import { type Client, exchange } from './issuer.ts';

/** A call of the next API: its URL, the identifier of the API, and the scope that it needs. */
export interface NextCall {
  url: string;
  resource: string;
  scope: string;
}

/** Exchanges the token of a call, and calls the next API with the new one. */
export async function callNext(
  issuer: string,
  client: Client,
  token: string,
  next: NextCall,
): Promise<object> {
  const { access_token, error } = await exchange(issuer, client, token, next.resource, next.scope);
  if (access_token === undefined) throw new Error(`${client.id} got no token for ${next.resource}: ${error}`);
  return get(next.url, access_token);
}

/** Calls an API with a token. */
export async function get(url: string, token: string): Promise<object> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as object;
}
