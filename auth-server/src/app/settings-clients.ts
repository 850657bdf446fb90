/** The clients that are registered from the start: those of the settings. */
import type { Settings } from '../config.ts';
import { demoClient, resourceServerClient, webappClient } from '../core/clients/built-in-clients.ts';
import { type ClientRegistration, withoutGrant } from '../core/clients/client-registration.ts';

/** The clients, each with the setting that it comes from. */
export function settingsClients(settings: Settings): { setting: string; client: ClientRegistration }[] {
  const webapp = webappClient(
    settings.WEBAPP_CLIENT_ID,
    settings.WEBAPP_CLIENT_SECRET,
    settings.WEBAPP_REDIRECT_URI,
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
