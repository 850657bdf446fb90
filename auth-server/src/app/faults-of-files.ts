/** What is wrong between the operator's files: an API or a client in them names another that there is not. */
import type { Settings } from '../config.ts';
import { type Apis, normalised } from '../core/apis/apis.ts';
import { namedClients } from '../core/apis/named-clients.ts';
import { isOidcScope } from '../core/apis/scopes.ts';
import type { ClientRegistry } from '../core/clients/client-registry.ts';
import { uriFaults } from '../core/clients/client-uris.ts';
import { identitiesOf } from '../core/workloads/workload-identity.ts';
import type { ClientOfSettings } from './registered-clients.ts';

/**
 * The faults of APIS_FILE and CLIENTS_FILE together. A scope that no API has is only warned about where administrators define
 * APIs, too: one that they delete must not keep the server from starting. So is a resource server of no API: it does no harm.
 */
export async function faultsOfFiles(
  settings: Settings,
  clients: readonly ClientOfSettings[],
  apis: Apis,
  registry: Pick<ClientRegistry, 'find'>,
): Promise<{ faults: string[]; warnings: string[] }> {
  const ofApis = await faultsOfApis(settings, clients, apis, registry);
  const ofFile = clients.filter(({ setting }) => setting === 'CLIENTS_FILE');
  const scopes = ofFile.flatMap((one) => unknownScopes(one, apis));
  const resources = ofFile.flatMap((one) => unknownResource(one, apis));
  const questionable = [...resources, ...unknownOrigins(settings, clients, apis)];
  return settings.DATABASE_URL === undefined
    ? { faults: [...ofApis, ...scopes], warnings: questionable }
    : { faults: ofApis, warnings: [...scopes, ...questionable] };
}

/**
 * The exchanges whose tokens are from no API, and from no issuer whose workloads a client of the settings trusts. A client that an
 * administrator registers may trust it.
 */
function unknownOrigins(
  { APIS_FILE = [] }: Settings,
  clients: readonly ClientOfSettings[],
  apis: Apis,
): string[] {
  const issuers = new Set(
    clients.flatMap(({ client }) => identitiesOf(client).map(({ issuer }) => normalised(issuer))),
  );
  return APIS_FILE.flatMap(({ resource, exchange }) =>
    exchange
      .filter(({ from }) => apis.find(from) === undefined && !issuers.has(normalised(from)))
      .map(({ from }) => `APIS_FILE: API ${resource}: exchange: ${from} is none of the APIs`),
  );
}

async function faultsOfApis(
  settings: Settings,
  clients: readonly ClientOfSettings[],
  apis: Apis,
  registry: Pick<ClientRegistry, 'find'>,
): Promise<string[]> {
  const ids = new Set(clients.map(({ client }) => client.client_id));
  const faults: string[] = [];
  for (const definition of settings.APIS_FILE ?? []) {
    const { resource } = definition;
    const api = `APIS_FILE: API ${resource}`;
    const known = apis.find(resource);
    if (known?.origin === 'built in') {
      faults.push(
        known.administers
          ? `${api} has the identifier of the admin API`
          : `${api} has the identifier of the clock: set CLOCK_API=off to put it in the place of the clock`,
      );
    }
    for (const { id, path } of namedClients(definition)) {
      if (!ids.has(id) && (await registry.find(id)) === undefined)
        faults.push(
          path[0] === 'exchange'
            ? `${api}: exchange: ${id} is no client`
            : `${api}: resource server ${id} is no client`,
        );
    }
  }
  return faults;
}

function unknownScopes({ setting, client }: ClientOfSettings, apis: Apis): string[] {
  const scopes = typeof client.scope === 'string' ? client.scope.split(' ') : [];
  return scopes
    .filter((scope) => !isOidcScope(scope) && apis.withScope(scope).length === 0)
    .map((scope) => `${setting}: client ${client.client_id}: scope names ${scope}, which no API has`);
}

function unknownResource({ setting, client }: ClientOfSettings, apis: Apis): string[] {
  const { resource } = client;
  // A URI that is faulty is told about where clients are checked.
  if (typeof resource !== 'string' || uriFaults({ resource }).length > 0) return [];
  return apis.find(resource) === undefined
    ? [
        `${setting}: client ${client.client_id}: resource is not one of the APIs, so the client introspects none`,
      ]
    : [];
}
