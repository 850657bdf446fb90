/** Builds the admin API and its listener. */
import type Koa from 'koa';
import { endpointAt } from 'shared/config/settings.ts';
import type { Service, ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import { Metrics } from 'shared/telemetry/metrics.ts';
import type { Settings } from '../config.ts';
import { apiAdministration } from '../core/apis/api-administration.ts';
import { clientAdministration } from '../core/clients/client-administration.ts';
import { passwordCheck } from '../core/sign-in/check-password.ts';
import { userAdministration } from '../core/users/user-administration.ts';
import { adminApp } from '../http/admin/admin-app.ts';
import { apiIdOf } from '../http/admin/ids.ts';
import { checkClientMetadata, makeClientSecret } from '../oidc/clients/client-secrets.ts';
import { grantList } from '../oidc/grants/stored-grants.ts';
import { tokenVerifier } from '../oidc/tokens/admin-tokens.ts';
import type { Stores } from '../stores/stores.ts';
import type { Authentication } from './authentication.ts';
import type { CurrentProvider } from './current-provider.ts';
import type { LiveApis } from './live-apis.ts';
import type { LiveKeys } from './live-keys.ts';
import type { RegisteredClients } from './registered-clients.ts';

/** What the admin API administers, and what it needs to do so. */
export interface AdminApiDependencies {
  stores: Stores;
  clients: RegisteredClients;
  authentication: Authentication;
  keys: LiveKeys;
  apis: LiveApis;
  provider: CurrentProvider;
}

/** The listener of the admin API, if the settings give it a port. */
export function adminListeners(
  dependencies: ServiceDependencies<Settings>,
  administered: AdminApiDependencies,
): NonNullable<Service['others']> {
  const { ADMIN_HOST: HOST, ADMIN_PORT: PORT } = dependencies.settings;
  if (PORT === undefined) return [];
  const app = adminApi(dependencies, administered);
  return [{ callback: () => app.callback(), address: { HOST, PORT } }];
}

function adminApi(
  { settings, stopping, ...telemetry }: ServiceDependencies<Settings>,
  { stores, clients, authentication, keys, provider, apis }: AdminApiDependencies,
): Koa {
  const { hasher, throttle } = authentication;
  const grants = grantList(stores.artifacts, stores.unitOfWork);
  return adminApp({
    issuer: settings.ISSUER,
    resource: settings.ADMIN_RESOURCE,
    verify: (token) => tokenVerifier(provider.get())(token),
    users: stores.users,
    clients: clients.store,
    useCases: {
      users: userAdministration({
        store: stores.users,
        hasher,
        checkPassword: passwordCheck({ store: stores.users, hasher, throttle }),
        sessions: grants,
        unitOfWork: stores.unitOfWork,
      }),
      clients: clientAdministration({
        registry: stores.clients,
        clients: clients.store,
        check: (metadata) => checkClientMetadata(provider.get(), metadata),
        makeSecret: makeClientSecret,
        makeId: () => crypto.randomUUID(),
      }),
      apis: apiAdministration({
        registry: stores.apis,
        current: apis.inForce,
        clients: clients.store,
        artifacts: stores.artifacts,
        unitOfWork: stores.unitOfWork,
        look: apis.look,
        idOf: apiIdOf,
      }),
      grants,
      keys: keys.administration,
      audit: stores.audit,
    },
    otherDocuments: [
      { name: 'Time API', url: endpointAt(settings.RESOURCE, 'openapi.json') },
      { name: 'Webapp', url: new URL('openapi.json', settings.WEBAPP_REDIRECT_URI).href },
    ],
    dependencies: provider.readiness(stores.dependencies),
    // Metrics of its own, so that its requests are not counted as the issuer's.
    telemetry: { ...telemetry, metrics: new Metrics() },
    stopping,
  });
}
