/** All clients: those of the settings, those of the registry, and those that registered themselves. */
import { TIME_SCOPES } from 'shared/oauth/time-scopes.ts';
import type { Settings } from '../config.ts';
import { demoClient, resourceServerClient, webappClient } from '../core/clients/built-in-clients.ts';
import type { ClientDocuments } from '../core/clients/client-documents.ts';
import {
  type ClientRegistration,
  type ClientStore,
  type KnownClients,
  knownIn,
  withoutGrant,
} from '../core/clients/client-registration.ts';
import { clientsOf } from '../oidc/clients/client-secrets.ts';
import { selfRegistered } from '../oidc/clients/self-registered.ts';
import { strangers } from '../oidc/clients/strangers.ts';
import { inOrder } from '../stores/all-clients.ts';
import { memoryClients } from '../stores/fixed-clients.ts';
import type { Stores } from '../stores/stores.ts';

/** A client of the settings, with the setting that it comes from. By mistake two of them may share an id. */
export interface ClientOfSettings {
  setting: string;
  client: ClientRegistration;
}

/** The clients that the issuer knows. */
export interface RegisteredClients {
  /** All registered clients. */
  store: ClientStore;
  /** Whether there still is a client, registered or of a metadata document, which is not fetched for it. */
  known: KnownClients;
  /** Puts these clients of the settings in the place of the earlier ones, which end with that. */
  replaceThoseOfSettings(clients: ClientOfSettings[]): void;
}

/**
 * Puts the clients together; those of the settings come once they are known to work. A client of the settings wins over a
 * registered one with the same id.
 */
export function registeredClients(
  settings: Settings,
  stores: Stores,
  documents: Pick<ClientDocuments, 'takes'> | undefined,
): RegisteredClients {
  const fixed = memoryClients();
  const registry = clientsOf(stores.clients, settings.PASSWORD_GRANT === 'on');
  const store = inOrder(fixed, registry, selfRegistered(stores.artifacts), strangers(stores.artifacts));
  const registered = knownIn(store);
  return {
    store,
    known: { has: async (id) => documents?.takes(id) === true || registered.has(id) },
    replaceThoseOfSettings: (clients) => fixed.replace(clients.map(({ client }) => client)),
  };
}

/** The clients that the settings define. */
export function clientsOfSettings(settings: Settings): ClientOfSettings[] {
  const webapp = webappClient(
    settings.WEBAPP_CLIENT_ID,
    settings.WEBAPP_CLIENT_SECRET,
    settings.WEBAPP_REDIRECT_URI,
    Object.keys(TIME_SCOPES),
  );
  const resourceServer = resourceServerClient(
    settings.RESOURCE_SERVER_CLIENT_ID,
    settings.RESOURCE_SERVER_CLIENT_SECRET,
    settings.RESOURCE,
  );
  const clients = [
    ...(settings.APP_ENV === 'production' ? [] : [{ setting: 'APP_ENV', client: demoClient }]),
    { setting: 'WEBAPP_CLIENT_ID', client: webapp },
    { setting: 'RESOURCE_SERVER_CLIENT_ID', client: resourceServer },
    ...(settings.CLIENTS_FILE ?? []).map((client) => ({ setting: 'CLIENTS_FILE', client })),
  ];
  if (settings.PASSWORD_GRANT === 'on') return clients;
  return clients.map(({ setting, client }) => ({ setting, client: withoutGrant('password', client) }));
}
