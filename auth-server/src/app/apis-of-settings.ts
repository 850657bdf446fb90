/** The APIs of the settings: the clock and the admin API, where there is one, and those of a file. */
import { StartupFault } from 'shared/config/startup-fault.ts';
import { TIME_SCOPES } from 'shared/oauth/time-scopes.ts';
import type { Settings } from '../config.ts';
import type { Api } from '../core/apis/api.ts';
import { apiOf } from '../core/apis/api-definition.ts';
import { type Apis, indexedApis } from '../core/apis/apis.ts';
import { adminApi, clockApi } from '../core/apis/built-in-apis.ts';
import { uriFaults } from '../core/clients/client-uris.ts';
import type { RegisteredClients } from './registered-clients.ts';

/** @throws {StartupFault} when a client is to introspect the tokens of an API that there is not */
export function apisOfSettings(
  settings: Settings,
  { ofSettings }: Pick<RegisteredClients, 'ofSettings'>,
): Apis {
  const { RESOURCE, ADMIN_PORT, ADMIN_RESOURCE, SIGNING_ALG, CLOCK_API } = settings;
  const apis = indexedApis([
    ...(CLOCK_API === 'on' ? [clockApi(RESOURCE, SIGNING_ALG, TIME_SCOPES)] : []),
    ...(ADMIN_PORT === undefined ? [] : [adminApi(ADMIN_RESOURCE, SIGNING_ALG)]),
    ...(settings.APIS_FILE ?? []).map((definition) => apiOf(definition, SIGNING_ALG, 'file')),
  ]);
  const faults: string[] = [];
  const servers = new Map<Api, string[]>();
  for (const { client, setting } of ofSettings) {
    // A URI that is faulty is told about where clients are checked.
    if (client.resource === undefined || uriFaults({ resource: client.resource }).length > 0) continue;
    const api = apis.find(String(client.resource));
    if (api === undefined)
      faults.push(`${setting}: client ${client.client_id}: resource is not one of the APIs`);
    else servers.set(api, [...(servers.get(api) ?? []), client.client_id]);
  }
  if (faults.length > 0) throw new StartupFault(faults);
  return indexedApis(
    apis.all.map((api) => ({
      ...api,
      resourceServers: new Set([...api.resourceServers, ...(servers.get(api) ?? [])]),
    })),
  );
}
