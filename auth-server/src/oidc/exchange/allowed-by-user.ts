/** What a user lets a chain of services do at an API: what the user has allowed the client whose token began the chain. */
import type { Provider } from 'oidc-provider';
import type { Api } from '../../core/apis/api.ts';
import { allowedScopes, asking } from '../../core/apis/scopes.ts';
import type { Origin } from '../../core/exchange/delegation.ts';

/**
 * The scopes of an API that a user has allowed a client, and that the client may still ask for. A first-party client has what it
 * may ask for: its users are asked about nothing.
 *
 * @param origin where the chain began
 */
export async function allowedByUser(
  { Client, Grant }: Provider,
  { client_id, grant_id }: Pick<Origin, 'client_id' | 'grant_id'>,
  api: Api,
): Promise<string[]> {
  const client = await Client.find(client_id);
  if (client === undefined) return [];
  const registered = [...allowedScopes(api, asking(client, 'user'))];
  if (client.first_party === true) return registered;
  const grant = grant_id === undefined ? undefined : await Grant.find(grant_id);
  const granted = grant?.getResourceScopeFiltered(api.resource, new Set(registered)) ?? '';
  return granted.split(' ').filter((scope) => scope !== '');
}
