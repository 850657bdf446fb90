/** The admin API, put together. */

import type { Provider } from 'oidc-provider';
import { endpointAt } from 'shared/config/settings.ts';
import type { ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import { Metrics } from 'shared/telemetry/metrics.ts';
import type { Settings } from '../config.ts';
import { registeredClients } from '../core/clients/client-administration.ts';
import type { ClientStore } from '../core/clients/client-registration.ts';
import { passwordCheck } from '../core/sign-in/check-password.ts';
import { userAdministration } from '../core/users/user-administration.ts';
import { adminApp } from '../http/admin/admin-app.ts';
import type { KeyAdministration } from '../http/admin/use-cases.ts';
import type { App } from '../http/replaceable.ts';
import { checkClientMetadata, makeClientSecret } from '../oidc/clients/client-secrets.ts';
import { grantList } from '../oidc/grants/stored-grants.ts';
import { tokenVerifier } from '../oidc/tokens/admin-tokens.ts';
import type { Lasting } from './lasting-parts.ts';

/** What it administers besides what lasts. */
export interface Administered {
  provider: Provider;
  clients: ClientStore;
  keys: KeyAdministration;
}

/** The admin API as an app. */
export function adminOf(
  { settings, stopping, ...telemetry }: ServiceDependencies<Settings>,
  { stores, hasher, throttle }: Lasting,
  { provider, clients, keys }: Administered,
): App {
  const grants = grantList(stores.artifacts);
  return adminApp({
    issuer: settings.ISSUER,
    resource: settings.ADMIN_RESOURCE,
    verify: tokenVerifier(provider),
    users: stores.users,
    clients,
    useCases: {
      users: userAdministration({
        store: stores.users,
        hasher,
        checkPassword: passwordCheck({ store: stores.users, hasher, throttle }),
        sessions: grants,
      }),
      clients: registeredClients({
        registry: stores.clients,
        clients,
        check: (metadata) => checkClientMetadata(provider, metadata),
        makeSecret: makeClientSecret,
        makeId: () => crypto.randomUUID(),
      }),
      grants,
      keys,
      audit: stores.audit,
    },
    otherDocuments: [
      { name: 'Time API', url: endpointAt(settings.RESOURCE, 'openapi.json') },
      { name: 'Webapp', url: new URL('openapi.json', settings.WEBAPP_REDIRECT_URI).href },
    ],
    dependencies: stores.dependencies,
    // What is counted here would be taken for the issuer's.
    telemetry: { ...telemetry, metrics: new Metrics() },
    stopping,
  });
}
