/** The admin API as an app, for a listener of its own. */
import Router from '@koa/router';
import type Koa from 'koa';
import type { Middleware } from 'koa';
import { takeBodies } from 'shared/http/body-limit.ts';
import { addMetadata } from 'shared/http/metadata-route.ts';
import { answerOpenApi } from 'shared/http/openapi.ts';
import { routesOf, serviceApp } from 'shared/http/service-app.ts';
import { metadataUrl } from 'shared/oauth/protected-resource-metadata.ts';
import type { Telemetry } from 'shared/telemetry/telemetry.ts';
import type { Dependency } from 'shared/upstream/dependency.ts';
import { type AdminAuthorizerDependencies, adminAuthorizer } from '../../core/admin/admin-authorization.ts';
import { ADMIN_SCOPES } from '../../core/apis/admin-scopes.ts';
import { neverStore } from '../never-stored.ts';
import { addDocs, type DocumentLink } from './docs/docs.ts';
import { adminDocument } from './openapi.ts';
import { adminRouter } from './router.ts';
import { adminRoutes } from './routes.ts';
import type { AdminUseCases } from './use-cases.ts';

/** How long a request may take, in milliseconds. */
const LONGEST_MS = 5_000;

/** What the admin API needs. */
export interface AdminDependencies extends AdminAuthorizerDependencies {
  issuer: string;
  useCases: AdminUseCases;
  /** The OpenAPI documents of the other services, which the page shows beside our own. */
  otherDocuments: DocumentLink[];
  dependencies: Dependency[];
  telemetry: Telemetry;
  /** Aborted when the service begins to stop. */
  stopping: AbortSignal;
}

/** Builds the app, which does not listen yet. */
export function adminApp(admin: AdminDependencies): Koa {
  const { telemetry, stopping, dependencies, issuer, resource } = admin;
  const routes = adminRoutes(admin.useCases, telemetry.log);
  const authorize = adminAuthorizer(admin);
  const router = adminRouter(routes, { authorize, metadataUrl: metadataUrl(resource) });
  const about = aboutRouter(admin, answerOpenApi(adminDocument(routes, resource, issuer)));
  return serviceApp({
    telemetry,
    stopping,
    dependencies,
    longestMs: LONGEST_MS,
    bodies: takeBodies(),
    // They are about users, and some contain secrets.
    everyAnswer: [neverStore()],
    routes: [...routesOf(about), ...routesOf(router)],
  });
}

/** The routes that need no token: where to get tokens, and how to use the API. */
function aboutRouter(
  { resource, issuer, otherDocuments }: AdminDependencies,
  answerDocument: Middleware,
): Router {
  const router = new Router({ sensitive: true, strict: true });
  router.get('/openapi.json', answerDocument);
  addMetadata(router, { resource, name: 'Admin API', issuer, scopes: ADMIN_SCOPES });
  const documents = [{ name: 'Admin API', url: '/openapi.json' }, ...otherDocuments];
  addDocs(router, { documents, issuer, resource });
  return router;
}
