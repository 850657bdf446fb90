/** The resource server's composition root. */
import { createGuard, type Introspect } from 'guard';
import { issuerKeys } from 'guard/adapters/issuer-keys.ts';
import { PROOF_ALGS, type RememberProof } from 'guard/core/dpop-proof.ts';
import type Koa from 'koa';
import type { Unavailable } from 'shared/core/unavailable.ts';
import { limitBodies } from 'shared/http/body-limit.ts';
import { answerOpenApi } from 'shared/http/openapi.ts';
import { logOutage } from 'shared/http/outages.ts';
import { routesOf, serviceApp } from 'shared/http/service-app.ts';
import type { ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import { metadataPath } from 'shared/oauth/protected-resource-metadata.ts';
import { Upstream } from 'shared/upstream/upstream.ts';
import { coalescedIntrospections } from './adapters/coalesced-introspections.ts';
import { keysFrom } from './adapters/fetched-keys.ts';
import { type AnswerFormat, introspectionClient, plainAnswers } from './adapters/introspection-client.ts';
import { signedAnswers } from './adapters/signed-answers.ts';
import type { Settings } from './config.ts';
import type { Clock } from './core/time.ts';
import { allowOrigins } from './http/cross-origin.ts';
import { SCOPES } from './http/endpoints.ts';
import { forwardAuth } from './http/forward-auth.ts';
import { apiDocument } from './http/openapi.ts';
import { routes } from './http/routes.ts';

/** How long an introspection may take, in milliseconds. */
const INTROSPECTION_TIMEOUT_MS = 2_000;

/** How long a request may take, in milliseconds: longer than an introspection, so that one repeat is possible. */
const LONGEST_MS = 3_000;

/** Ports that a test may replace. */
interface Overrides {
  introspect?: Introspect;
  rememberProof?: RememberProof;
  clock?: Clock;
}

/** Builds the resource server, with its own ports except for the given overrides. It does not listen yet. */
export async function createApp(
  { settings, stopping, ...telemetry }: ServiceDependencies<Settings>,
  overrides: Overrides = {},
): Promise<Koa> {
  const { clock = Date.now } = overrides;
  const authServer = new Upstream('auth server', INTROSPECTION_TIMEOUT_MS, telemetry);
  const {
    introspect = coalescedIntrospections(
      introspectionClient(
        authServer,
        settings.INTROSPECTION_ENDPOINT,
        settings.RESOURCE_SERVER_CLIENT_ID,
        settings.RESOURCE_SERVER_CLIENT_SECRET,
        answerFormat(settings, authServer, clock),
        clock,
      ),
    ),
  } = overrides;
  const api = {
    resource: settings.RESOURCE,
    issuer: settings.ISSUER,
    name: 'Time API',
    scopes: Object.keys(SCOPES),
  };
  const tokens = {
    tokens: introspect,
    onOutage: (outage: Unavailable) => logOutage(outage, telemetry.log),
    clock,
    ...(overrides.rememberProof && { rememberProof: overrides.rememberProof }),
  };
  const guard = createGuard({ ...api, ...tokens });
  const forwardedApis = settings.FORWARD_AUTH.map((resource) => ({
    resource,
    // The proxy tells the whole path of each call, which begins at the origin of the API.
    guard: createGuard({ resource, issuer: settings.ISSUER, baseUrl: new URL(resource).origin, ...tokens }),
  }));

  const router = routes({ api: { ...api, proofAlgs: PROOF_ALGS }, guard, clock });
  router.get('/openapi.json', answerOpenApi(apiDocument(settings.RESOURCE, settings.ISSUER)));

  return serviceApp({
    telemetry,
    stopping,
    dependencies: [authServer.dependency(settings.INTROSPECTION_ENDPOINT)],
    longestMs: LONGEST_MS,
    outermost: [allowOrigins(settings.CORS_ORIGINS, metadataPath(settings.RESOURCE))],
    bodies: limitBodies(),
    routes: [
      ...(forwardedApis.length > 0 ? [forwardAuth(forwardedApis, telemetry.log)] : []),
      ...routesOf(router),
    ],
  });
}

function answerFormat(settings: Settings, authServer: Upstream, clock: Clock): AnswerFormat {
  if (settings.INTROSPECTION_RESPONSE === 'json') return plainAnswers(authServer);
  return signedAnswers(authServer, issuerKeys(keysFrom(authServer), settings.JWKS_URI), {
    issuer: settings.ISSUER,
    clientId: settings.RESOURCE_SERVER_CLIENT_ID,
    clock,
  });
}
