/** The resource server's composition root. */
import type Koa from 'koa';
import { limitBodies } from 'shared/http/body-limit.ts';
import { answerOpenApi } from 'shared/http/openapi.ts';
import { routesOf, serviceApp } from 'shared/http/service-app.ts';
import type { ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import { metadataPath } from 'shared/oauth/protected-resource-metadata.ts';
import { Upstream } from 'shared/upstream/upstream.ts';
import { coalescedIntrospections } from './adapters/coalesced-introspections.ts';
import { proofReader } from './adapters/dpop-proofs.ts';
import { type AnswerFormat, introspectionClient, plainAnswers } from './adapters/introspection-client.ts';
import { issuerKeys } from './adapters/issuer-keys.ts';
import { replayCache } from './adapters/replay-cache.ts';
import { signedAnswers } from './adapters/signed-answers.ts';
import type { Settings } from './config.ts';
import { authorizer, type Introspect } from './core/authorization.ts';
import type { Clock } from './core/clock.ts';
import { proofChecker, type RememberProof } from './core/dpop-proof.ts';
import { allowOrigins } from './http/cross-origin.ts';
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
    rememberProof = replayCache(clock),
  } = overrides;
  const checkProof = proofChecker(proofReader(clock), rememberProof, clock);

  const router = routes({
    resource: settings.RESOURCE,
    issuer: settings.ISSUER,
    authorize: authorizer(settings.RESOURCE, introspect, checkProof, clock),
    clock,
  });
  router.get('/openapi.json', answerOpenApi(apiDocument(settings.RESOURCE, settings.ISSUER)));

  return serviceApp({
    telemetry,
    stopping,
    dependencies: [authServer.dependency(settings.INTROSPECTION_ENDPOINT)],
    longestMs: LONGEST_MS,
    outermost: [allowOrigins(settings.CORS_ORIGINS, metadataPath(settings.RESOURCE))],
    bodies: limitBodies(),
    routes: routesOf(router),
  });
}

function answerFormat(settings: Settings, authServer: Upstream, clock: Clock): AnswerFormat {
  if (settings.INTROSPECTION_RESPONSE === 'json') return plainAnswers(authServer);
  return signedAnswers(authServer, issuerKeys(authServer, settings.JWKS_URI), {
    issuer: settings.ISSUER,
    clientId: settings.RESOURCE_SERVER_CLIENT_ID,
    clock,
  });
}
