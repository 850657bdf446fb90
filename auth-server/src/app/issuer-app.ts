/** The issuer's application: the middleware that every request passes before it reaches the provider in use. */
import type Koa from 'koa';
import { takeBodies } from 'shared/http/body-limit.ts';
import { matchedRoute } from 'shared/http/matched-route.ts';
import { answerOtherMethods } from 'shared/http/other-methods.ts';
import { serviceApp } from 'shared/http/service-app.ts';
import type { ServiceDependencies } from 'shared/lifecycle/run-service.ts';
import type { Settings } from '../config.ts';
import { pathOfIssuer } from '../core/issuer-path.ts';
import { belowIssuer } from '../http/below-issuer.ts';
import { emptyAsJson } from '../http/empty-json.ts';
import { readableFormPosts } from '../http/form-posts.ts';
import { forwarded } from '../http/forwarded.ts';
import { allowHosts } from '../http/host-allow-list.ts';
import { neverStorePosts } from '../http/never-stored.ts';
import { leadOnFrom } from '../http/onward.ts';
import { pageHeaders } from '../http/page-headers.ts';
import { pages } from '../http/pages/all-pages.ts';
import { takePostedRequests } from '../http/posted-requests.ts';
import { problemForm } from '../http/problem-form.ts';
import { unitPerPost } from '../http/unit-per-post.ts';
import { onlyVisits } from '../http/visits.ts';
import { recordAuditEvents } from '../oidc/audit/audit-events.ts';
import { admitStrangers } from '../oidc/clients/admit-strangers.ts';
import { countWrongSecrets } from '../oidc/clients/limit-client-secrets.ts';
import { limitRegistration } from '../oidc/clients/limit-registration.ts';
import { type Endpoint, endpointFinder, ROUTES } from '../oidc/endpoints.ts';
import { contextRelease } from '../oidc/fast-path/fast-path.ts';
import { exactOAuthErrors } from '../oidc/oauth-errors.ts';
import { isForClient } from '../oidc/provider.ts';
import { routeOf } from '../oidc/telemetry/event-metrics.ts';
import { noteOutcomes } from '../oidc/telemetry/outcomes.ts';
import type { CurrentProvider } from './current-provider.ts';
import type { IssuerDependencies } from './issuer-provider.ts';

/** How long a request may take, in milliseconds. */
const LONGEST_MS = 5_000;

/** Builds the application, which does not listen yet. */
export function issuerApp(
  { settings, stopping, ...telemetry }: ServiceDependencies<Settings>,
  { stores, throttles, cookieKeys }: Pick<IssuerDependencies, 'stores' | 'throttles' | 'cookieKeys'>,
  provider: CurrentProvider,
): Koa {
  const endpointAt = endpointFinder(settings.REGISTRATION !== 'off');
  const release = contextRelease(settings.FAST_PATH);
  const path = pathOfIssuer(settings.ISSUER);
  const app = serviceApp({
    telemetry,
    stopping,
    dependencies: provider.readiness(stores.dependencies),
    longestMs: LONGEST_MS,
    path,
    bodies: takeBodies(),
    everyAnswer: [pageHeaders(machinePaths(path)), readableFormPosts(isForClient)],
    routeOf: (ctx) => routeOf(ctx) ?? matchedRoute(ctx),
    problemForm: problemForm(path, endpointAt, pages.problem),
    routes: [
      ...(release ? [release] : []),
      forwarded(settings.TRUSTED_PROXIES),
      allowHosts(settings.ISSUER, settings.ALLOWED_HOSTS),
      ...(path === '' ? [] : [belowIssuer(settings.ISSUER, settings.PROXY_STRIPS_PATH === 'on')]),
      recordAuditEvents(stores.audit, telemetry.log),
      neverStorePosts(),
      onlyVisits((asked) => methodsForBrowsers(endpointAt(asked), asked)),
      takePostedRequests([ROUTES.authorization, ROUTES.end_session], path),
      leadOnFrom(`${ROUTES.end_session}/confirm`),
      emptyAsJson([ROUTES.revocation]),
      noteOutcomes(telemetry),
      exactOAuthErrors(settings.ISSUER, telemetry.log),
      ...(settings.REGISTRATION === 'open'
        ? [admitStrangers(ROUTES.registration, throttles.registrations, settings.INITIAL_ACCESS_TOKEN)]
        : []),
      limitRegistration(ROUTES.registration, throttles.registrationTokens),
      countWrongSecrets(throttles.clientSecrets),
      unitPerPost(stores.unitOfWork),
      answerOtherMethods(({ path }) => endpointAt(path)),
      provider.answer,
    ],
  });
  // The provider answers in our context, so ours has to read addresses and cookies as its own would.
  return Object.assign(app, { proxy: true, maxIpsCount: 1, keys: cookieKeys });
}

/** What an address answers that browsers come to. Not HEAD: such an address may work once. */
function methodsForBrowsers(endpoint: Endpoint | undefined, path: string): readonly string[] | undefined {
  if (endpoint?.caller === 'browser') return endpoint.methods;
  return /^\/interaction\//i.test(path) ? ['GET'] : undefined;
}

/** The paths that only programs request, as they arrive: with the issuer's path, or without it behind a proxy that removes it. */
function machinePaths(path: string): string[] {
  return [ROUTES.token, ROUTES.introspection].flatMap((route) => [route, path + route]);
}
