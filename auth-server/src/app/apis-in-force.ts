/** The APIs in force: the clock and the admin API, those of a file, and those that administrators define. */
import { TIME_SCOPES } from 'shared/oauth/time-scopes.ts';
import type { Settings } from '../config.ts';
import type { Api } from '../core/apis/api.ts';
import { apiOf } from '../core/apis/api-definition.ts';
import type { RegisteredApi } from '../core/apis/api-registry.ts';
import { type Apis, indexedApis } from '../core/apis/apis.ts';
import { adminApi, clockApi } from '../core/apis/built-in-apis.ts';
import type { ClientOfSettings } from './registered-clients.ts';

/** Of two APIs with one identifier the operator's wins. A client of the settings may say which API it is a resource server of. */
export function apisInForce(
  settings: Settings,
  clients: readonly ClientOfSettings[],
  registered: readonly RegisteredApi[],
): Apis {
  const { RESOURCE, ADMIN_PORT, ADMIN_RESOURCE, SIGNING_ALG, CLOCK_API } = settings;
  const apis = indexedApis([
    ...(CLOCK_API === 'on' ? [clockApi(RESOURCE, SIGNING_ALG, TIME_SCOPES)] : []),
    ...(ADMIN_PORT === undefined ? [] : [adminApi(ADMIN_RESOURCE, SIGNING_ALG)]),
    ...(settings.APIS_FILE ?? []).map((definition) => apiOf(definition, SIGNING_ALG, 'file')),
    ...registered.map(({ definition, createdAt }) =>
      apiOf(definition, SIGNING_ALG, 'registry', Math.floor(createdAt.getTime() / 1_000)),
    ),
  ]);
  const servers = Map.groupBy(clients, ({ client }) =>
    client.resource === undefined ? undefined : apis.find(String(client.resource)),
  );
  return indexedApis(apis.all.map((api) => withServers(api, servers.get(api) ?? [])));
}

function withServers(api: Api, clients: readonly ClientOfSettings[]): Api {
  return {
    ...api,
    resourceServers: new Set([...api.resourceServers, ...clients.map(({ client }) => client.client_id)]),
  };
}
