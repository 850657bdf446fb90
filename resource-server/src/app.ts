/** The resource server's composition root. */
import Koa from 'koa';
import { limitBodies } from 'shared/http/body-limit.ts';
import { health } from 'shared/http/health.ts';
import { answerProblems } from 'shared/http/problem.ts';
import { trackRequests } from 'shared/http/requests.ts';
import { Upstream } from 'shared/http-client.ts';
import type { Parts } from 'shared/run-service.ts';
import { introspectionClient } from './adapters/introspection-client.ts';
import type { Settings } from './config.ts';
import { authorizer, type Introspect } from './core/authorization.ts';
import type { Clock } from './core/clock.ts';
import { routes } from './http/routes.ts';

/** How long an introspection may take, in milliseconds. */
const INTROSPECTION_TIMEOUT_MS = 2_000;

/** Ports that a test may replace. */
interface Ports {
  introspect?: Introspect;
  clock?: Clock;
}

export async function createApp(
  { settings, log, stopping }: Parts<Settings>,
  ports: Ports = {},
): Promise<Koa> {
  const authServer = new Upstream('auth server', INTROSPECTION_TIMEOUT_MS);
  const {
    introspect = introspectionClient(
      authServer,
      settings.INTROSPECTION_ENDPOINT,
      settings.RESOURCE_SERVER_CLIENT_ID,
      settings.RESOURCE_SERVER_CLIENT_SECRET,
    ),
    clock = Date.now,
  } = ports;

  const router = routes({
    resource: settings.RESOURCE,
    issuer: settings.ISSUER,
    authorize: authorizer(settings.RESOURCE, introspect),
    clock,
  });

  const app = new Koa();
  for (const middleware of [
    trackRequests(log),
    answerProblems(log),
    limitBodies(),
    health([authServer.dependency(settings.INTROSPECTION_ENDPOINT)], stopping),
    router.routes(),
    router.allowedMethods(),
  ]) {
    app.use(middleware);
  }
  return app;
}
