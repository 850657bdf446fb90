/** Clients whose registered scope (RFC 7591 §2) names scopes that have gone with their API. */
import type { ClientRegistration, ClientStore } from '../clients/client-registration.ts';
import type { Apis } from './apis.ts';
import { isOidcScope, type OIDC_SCOPES } from './scopes.ts';

/**
 * What is left of a scope of which all is gone. The protocol library takes an empty one for none at all, and a client without
 * a scope may ask for more. This one gives nothing by itself.
 */
const NOTHING_LEFT = 'offline_access' satisfies (typeof OIDC_SCOPES)[number];

/** The client with the scopes that there still are, since the protocol library refuses a client with others. */
export function withKnownScope(client: ClientRegistration, apis: Apis): ClientRegistration {
  if (typeof client.scope !== 'string' || client.scope === '') return client;
  const scopes = client.scope.split(' ');
  const known = scopes.filter((scope) => isOidcScope(scope) || apis.withScope(scope).length > 0);
  if (known.length === scopes.length) return client;
  return { ...client, scope: known.join(' ') || NOTHING_LEFT };
}

/** The same for all clients of a store. */
export function withKnownScopes(clients: ClientStore, apis: Apis): ClientStore {
  return {
    async find(clientId) {
      const client = await clients.find(clientId);
      return client && withKnownScope(client, apis);
    },
  };
}
