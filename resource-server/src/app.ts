/** The resource server's composition root. */
import type { Introspect, RememberProof } from 'guard';
import type Koa from 'koa';
import { limitBodies } from 'shared/http/body-limit.ts';
import { answerOpenApi } from 'shared/http/openapi.ts';
import { logOutage } from 'shared/http/outages.ts';
import { routesOf, serviceApp } from 'shared/http/service-app.ts';
import type { ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import { metadataPath } from 'shared/oauth/protected-resource-metadata.ts';
import { Upstream } from 'shared/upstream/upstream.ts';
import { type Checks, describedApi, forwardedApis, ownGuard } from './app/guards.ts';
import { introspection } from './app/introspection.ts';
import type { Settings } from './config.ts';
import type { Clock } from './core/time.ts';
import { allowOrigins } from './http/cross-origin.ts';
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
  { introspect, clock = Date.now, ...others }: Overrides = {},
): Promise<Koa> {
  const authServer = new Upstream('auth server', INTROSPECTION_TIMEOUT_MS, telemetry);
  const checks: Checks = {
    tokens: introspect ?? introspection(settings, authServer, clock),
    onOutage: (outage) => logOutage(outage, telemetry.log),
    clock,
    ...others,
  };
  const router = routes({ api: describedApi(settings), guard: ownGuard(settings, checks), clock });
  router.get(
    '/openapi.json',
    answerOpenApi(apiDocument(settings.RESOURCE, settings.ISSUER, settings.STEP_UP)),
  );
  const behindProxies = forwardedApis(settings, checks);

  return serviceApp({
    telemetry,
    stopping,
    dependencies: [authServer.dependency(settings.INTROSPECTION_ENDPOINT)],
    longestMs: LONGEST_MS,
    outermost: [allowOrigins(settings.CORS_ORIGINS, metadataPath(settings.RESOURCE))],
    bodies: limitBodies(),
    routes: [
      ...(behindProxies.length > 0 ? [forwardAuth(behindProxies, telemetry.log)] : []),
      ...routesOf(router),
    ],
  });
}
