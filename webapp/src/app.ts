/** The webapp's composition root. */
import type Koa from 'koa';
import { limitBodies } from 'shared/http/body-limit.ts';
import { answerOpenApi } from 'shared/http/openapi.ts';
import { routesOf, serviceApp } from 'shared/http/service-app.ts';
import type { ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import { Upstream } from 'shared/upstream/upstream.ts';
import { apiClient } from './adapters/api-client.ts';
import { authorizationRequests } from './adapters/authorization-request.ts';
import { codeClient } from './adapters/code-client.ts';
import { memoryFlows } from './adapters/memory-flows.ts';
import { tokenClient } from './adapters/token-client.ts';
import type { Settings } from './config.ts';
import { type CallApi, type GetToken, timeAsker } from './core/ask-the-time.ts';
import { codeFlow } from './core/authorization-code.ts';
import { webappDocument } from './http/openapi.ts';
import { routes } from './http/routes.ts';

/** How long a token request may take, in milliseconds. */
const TOKEN_TIMEOUT_MS = 2_000;

/** How long a call of the API may take, in milliseconds: longer than the API's own introspection may take. */
const API_TIMEOUT_MS = 3_000;

/** How long a request may take, in milliseconds: a token request and a call of the API. */
const LONGEST_MS = 5_000;

/** How long a browser may take from the call to the callback, in milliseconds. */
const FLOW_LIFETIME_MS = 5 * 60_000;

/** Ports that a test may replace. */
interface Overrides {
  getToken?: GetToken;
  callApi?: CallApi;
}

/** Builds the webapp, with its own ports except for the given overrides. It does not listen yet. */
export async function createApp(
  { settings, stopping, ...telemetry }: ServiceDependencies<Settings>,
  overrides: Overrides = {},
): Promise<Koa> {
  const authServer = new Upstream('auth server', TOKEN_TIMEOUT_MS, telemetry);
  const resourceServer = new Upstream('resource server', API_TIMEOUT_MS, telemetry);
  const {
    getToken = tokenClient(
      authServer,
      settings.TOKEN_ENDPOINT,
      settings.WEBAPP_CLIENT_ID,
      settings.WEBAPP_CLIENT_SECRET,
    ),
    callApi = apiClient(resourceServer, settings.RESOURCE_SERVER_URL),
  } = overrides;

  const registration = {
    issuer: settings.ISSUER,
    authorizationEndpoint: settings.AUTHORIZATION_ENDPOINT,
    tokenEndpoint: settings.TOKEN_ENDPOINT,
    clientId: settings.WEBAPP_CLIENT_ID,
    clientSecret: settings.WEBAPP_CLIENT_SECRET,
    redirectUri: settings.WEBAPP_REDIRECT_URI,
    resource: settings.RESOURCE,
  };

  const router = routes({
    clientId: settings.WEBAPP_CLIENT_ID,
    redirectUri: settings.WEBAPP_REDIRECT_URI,
    flowLifetimeMs: FLOW_LIFETIME_MS,
    defaultUser: { username: settings.DEFAULT_USERNAME, password: settings.DEFAULT_PASSWORD },
    defaultGrantType: settings.GRANT_TYPE,
    trustedProxies: settings.TRUSTED_PROXIES,
    askTheTime: timeAsker(getToken, callApi),
    codeFlow: codeFlow(
      authorizationRequests(registration),
      memoryFlows(FLOW_LIFETIME_MS),
      codeClient(authServer, registration),
      callApi,
    ),
  });
  router.get('/openapi.json', answerOpenApi(webappDocument(settings.WEBAPP_REDIRECT_URI)));

  return serviceApp({
    telemetry,
    stopping,
    dependencies: [
      authServer.dependency(settings.TOKEN_ENDPOINT),
      resourceServer.dependency(settings.RESOURCE_SERVER_URL),
    ],
    longestMs: LONGEST_MS,
    bodies: limitBodies(),
    routes: routesOf(router),
  });
}
