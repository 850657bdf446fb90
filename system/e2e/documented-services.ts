/** The services that have OpenAPI documents, each running alone and with some data in it. */
import type Koa from 'koa';
import type { OpenApiDocument } from 'shared/http/openapi.ts';
import { recordingTelemetry, serve } from 'shared/test/serve.ts';
import { apiDefinition } from '../../auth-server/src/core/apis/api-definition.ts';
import { adminDocument } from '../../auth-server/src/http/admin/openapi.ts';
import { adminRoutes } from '../../auth-server/src/http/admin/routes.ts';
import {
  keepGrant,
  keepSession,
  memoryParts,
  startAdminApi,
} from '../../auth-server/test/admin/admin-api.ts';
import { createApp as createResourceServer } from '../../resource-server/src/app.ts';
import { settingsSchema as resourceServerSettings } from '../../resource-server/src/config.ts';
import { apiDocument } from '../../resource-server/src/http/openapi.ts';
import { createApp as createWebapp } from '../../webapp/src/app.ts';
import { settingsSchema as webappSettings } from '../../webapp/src/config.ts';
import { webappDocument } from '../../webapp/src/http/openapi.ts';

const ISSUER = 'https://issuer.example';
const RESOURCE = 'https://api.example';
const REDIRECT_URI = 'https://app.example/callback';

export interface RunningService {
  base: string;
  app: Koa;
  /** A path for the template that leads to an existing thing. */
  pathOf(template: string): string;
  /** An Authorization header for these scopes; undefined in a service without tokens. */
  authorization(scopes: string[]): string | undefined;
}

export interface DocumentedService {
  name: string;
  document: OpenApiDocument;
  start(): Promise<RunningService>;
}

export const services: DocumentedService[] = [
  { name: 'admin API', document: documentOfAdminApi(), start: runAdminApi },
  { name: 'resource server', document: apiDocument(RESOURCE, ISSUER), start: runResourceServer },
  { name: 'webapp', document: webappDocument(REDIRECT_URI), start: runWebapp },
];

function documentOfAdminApi(): OpenApiDocument {
  const telemetry = recordingTelemetry();
  const { useCases } = memoryParts(telemetry, new AbortController().signal);
  return adminDocument(adminRoutes(useCases, telemetry.log), RESOURCE, ISSUER);
}

async function runAdminApi(): Promise<RunningService> {
  const api = await startAdminApi({ resource: RESOURCE, issuer: ISSUER });
  const { admin, alice, useCases } = api;
  for (const user of [admin, alice]) {
    await keepGrant(api, user, `grant-${user.username}`);
    await keepSession(api, user, `session-${user.username}`);
  }
  for (const client_id of ['app', 'other']) {
    await useCases.clients.create({ client_id, redirect_uris: ['https://app.example.com/callback'] });
  }
  const defined = await useCases.apis.create(
    apiDefinition.parse({
      resource: 'https://orders.example.com',
      name: 'Orders',
      scopes: { 'orders:read': 'See your orders' },
    }),
  );
  const added = await useCases.clients.addSecret('app');
  const secret = added.ok ? added.value.id : '';
  const orders = defined.ok ? defined.value.id : '';
  return {
    ...api,
    pathOf(template) {
      // This client has room for another secret.
      const client = template === '/clients/{id}/secrets' ? 'other' : 'app';
      const user = template.startsWith('/me') ? admin : alice;
      return template
        .replace('/clients/{id}', `/clients/${client}`)
        .replace('/apis/{id}', `/apis/${orders}`)
        .replace('{id}', user.id)
        .replace('{grant}', `grant-${user.username}`)
        .replace('{session}', `session-${user.username}`)
        .replace('{secret}', secret);
    },
    authorization: (scopes) => `Bearer ${api.tokenOf({ scopes })}`,
  };
}

async function runResourceServer(): Promise<RunningService> {
  const { lines: _lines, ...telemetry } = recordingTelemetry();
  const settings = resourceServerSettings.parse({ RESOURCE, ISSUER });
  const introspect = async (token: string) => ({
    active: true as const,
    sub: 'alice',
    client_id: '1234',
    aud: RESOURCE,
    scope: token.replaceAll('.', ' '),
  });
  const stopping = new AbortController().signal;
  const app = await createResourceServer({ settings, ...telemetry, stopping }, { introspect });
  return {
    app,
    base: await serve(app.callback()),
    pathOf: (template) => template,
    authorization: (scopes) => `Bearer ${['any', ...scopes].join('.')}`,
  };
}

async function runWebapp(): Promise<RunningService> {
  const { lines: _lines, ...telemetry } = recordingTelemetry();
  const settings = webappSettings.parse({ ISSUER, RESOURCE, WEBAPP_REDIRECT_URI: REDIRECT_URI });
  const times = {
    current_time: { current_time: '2026-11-22T06:11:11.703Z' },
    epoch_time: { epoch_time: 1795327871 },
  };
  const app = await createWebapp(
    { settings, ...telemetry, stopping: new AbortController().signal },
    {
      getToken: async () => ({ ok: true, value: 'a-token' }),
      callApi: async (endpoint) => ({ ok: true, value: times[endpoint] }),
    },
  );
  return {
    app,
    base: await serve(app.callback()),
    pathOf: (template) => template,
    authorization: () => undefined,
  };
}
