/** The OpenAPI documents, compared with the running services. The tests are generated from the documents. */
import type Router from '@koa/router';
import type Koa from 'koa';
import { METHODS } from 'shared/http/openapi.ts';
import { describe, expect, test } from 'vitest';
import { type DocumentedService, type RunningService, services } from './documented-services.ts';
import { exampleOf, faultsOf, type Schema } from './json-schemas.ts';

/** Paths that do not succeed while a service runs alone. */
const NOT_ALONE = /^\/(callback|health\/ready)$/;

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  schema: Schema;
}

interface Operation {
  summary: string;
  security: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<
    string,
    { content?: Record<string, { schema: Schema }>; headers?: Record<string, object> }
  >;
}

interface CallOptions {
  scopes?: string[] | undefined;
  ifMatch?: string | undefined;
  query?: string;
  body?: unknown;
  mediaType?: string;
  accept?: string;
  path?: string;
}

/** Pages for people, which are not in the document of an API. */
const PAGES = /^\/docs(\/|$)/;

describe.each(services)('$name', (service) => {
  const { document, start } = service;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation: operation as Operation,
    })),
  );
  const needsToken = operations.filter(({ operation: { security } }) => scopesOf(security) !== undefined);
  const takesBody = operations.filter(({ operation }) => operation.requestBody !== undefined);
  const takesIfMatch = operations.filter(({ operation }) => parameter(operation, 'If-Match'));
  const takesIds = operations.filter(({ path }) => /\{/.test(path));
  const takesQuery = operations.flatMap(({ operation, ...rest }) =>
    (operation.parameters ?? [])
      .filter(({ in: place, schema }) => place === 'query' && (schema.enum ?? schema.type) !== 'string')
      .map(({ name, schema }) => ({ ...rest, operation, name, schema })),
  );

  test('the service answers with its document', async () => {
    const { base } = await start();
    const response = await fetch(`${base}/openapi.json`);
    expect(await response.json()).toEqual(document);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });

  test('every reference resolves, and every operation has a unique name', () => {
    const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)];
    for (const [, name = ''] of references) expect(document.components.schemas).toHaveProperty([name]);
    const names = JSON.stringify(document).match(/"operationId":"[^"]+"/g);
    expect(new Set(names).size).toBe(operations.length);
    const schemes = Object.keys(document.components.securitySchemes);
    const used = operations.flatMap(({ operation }) => operation.security.flatMap(Object.keys));
    expect(schemes).toEqual(expect.arrayContaining([...new Set(used)]));
  });

  test('the document has exactly the routes of the service', async () => {
    const { app } = await start();
    const known = operations.map(({ method, path }) => `${method} ${path}`);
    const health = known.filter((operation) => operation.includes(' /health/'));
    expect([...routesOf(app), ...health].sort()).toEqual(known.sort());
  });

  test.each(operations)('$method $path does what it should, and answers as documented', async (tested) => {
    for (const body of bodiesOf(tested.operation, service)) {
      for (const accept of acceptable(tested.operation)) {
        const running = await start();
        const ifMatch = await currentTag(running, tested);
        const scopes = scopesOf(tested.operation.security);
        const response = await call(running, tested, { scopes, ifMatch, body, accept });
        await expectDocumented(response, tested.operation, service);
        if (!NOT_ALONE.test(tested.path)) expect(response.ok, `${response.status}`).toBe(true);
      }
    }
  });

  test.runIf(needsToken.length).each(needsToken)('$method $path is 401 without a token', async (tested) => {
    await expectStatus(tested, 401, {});
  });

  test.runIf(needsToken.length).each(needsToken)(
    '$method $path is 403 with a token without scopes',
    async (tested) => {
      await expectStatus(tested, 403, { scopes: [] });
    },
  );

  test.runIf(takesIds.length).each(takesIds)('$method $path is 404 for an unknown id', async (tested) => {
    const path = tested.path.replace(/\{\w+\}/g, 'nothing');
    await expectStatus(tested, 404, { ...good(tested), ifMatch: '"1"', path });
  });

  test.runIf(takesBody.length).each(takesBody)(
    '$method $path is 400, 413 or 415 with a bad body',
    async (tested) => {
      for (const body of ['{', '[]', '{"no such member":1}']) {
        await expectStatus(tested, 400, { ...good(tested), ifMatch: '"1"', body });
      }
      await expectStatus(tested, 415, { ...good(tested), ifMatch: '"1"', mediaType: 'text/plain' });
      await expectStatus(tested, 413, {
        ...good(tested),
        ifMatch: '"1"',
        body: JSON.stringify('x'.repeat(60_000)),
      });
    },
  );

  test.runIf(takesIfMatch.length).each(takesIfMatch)(
    '$method $path is 428 without a tag and 412 with an old one',
    async (tested) => {
      await expectStatus(tested, 428, good(tested));
      await expectStatus(tested, 412, { ...good(tested), ifMatch: '"999"' });
    },
  );

  test.runIf(takesQuery.length).each(takesQuery)(
    '$method $path is 400 with nonsense as $name',
    async ({ name, ...tested }) => {
      await expectStatus(tested, 400, { ...good(tested), query: `?${name}=nonsense` });
    },
  );

  test.runIf(takesQuery.length).each(takesQuery)(
    '$method $path accepts every $name',
    async ({ name, schema, ...tested }) => {
      for (const value of schema.enum ?? [schema.minimum, schema.maximum]) {
        const response = await call(await start(), tested, { ...good(tested), query: `?${name}=${value}` });
        await expectDocumented(response, tested.operation, service);
        expect(response.status).toBeLessThan(400);
      }
    },
  );

  test.each(Object.keys(document.paths))('%s is 405 for all other methods', async (path) => {
    const running = await start();
    const documented = Object.keys(document.paths[path] ?? {});
    for (const method of METHODS.filter((other) => !documented.includes(other))) {
      const response = await fetch(running.base + running.pathOf(path), { method: method.toUpperCase() });
      expect(response.status, method).toBe(405);
      const allowed = response.headers.get('allow')?.toLowerCase().split(', ') ?? [];
      expect(allowed.filter((other) => other !== 'head').sort()).toEqual(documented.sort());
    }
  });

  /** Options of a call that would succeed, apart from the tag. */
  function good({ operation }: { operation: Operation }): CallOptions {
    return { scopes: scopesOf(operation.security), body: bodiesOf(operation, service)[0] };
  }

  async function expectStatus(
    tested: { method: string; path: string; operation: Operation },
    status: number,
    options: CallOptions,
  ): Promise<void> {
    const response = await call(await start(), tested, options);
    expect(response.status, await response.clone().text()).toBe(status);
    await expectDocumented(response, tested.operation, service);
  }
});

async function call(
  running: RunningService,
  { method, path }: { method: string; path: string },
  { scopes, ifMatch, query = '', body, mediaType = 'application/json', accept, ...options }: CallOptions,
): Promise<Response> {
  const authorization = scopes && running.authorization(scopes);
  return fetch(`${running.base}${options.path ?? running.pathOf(path)}${query}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(authorization !== undefined && { authorization }),
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
      ...(body !== undefined && { 'content-type': mediaType }),
      ...(accept !== undefined && { accept }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

/** Compares an answer with the document's description of its status: media type, body and headers. */
async function expectDocumented(
  response: Response,
  { responses }: Operation,
  { document }: DocumentedService,
): Promise<void> {
  const described = responses[response.status];
  expect(described, `${response.status} is documented`).toBeDefined();
  for (const name of Object.keys(described?.headers ?? {})) {
    expect(response.headers.get(name), name).not.toBeNull();
  }
  const text = await response.clone().text();
  if (described?.content === undefined) {
    expect(text).toBe('');
    return;
  }
  const mediaType = response.headers.get('content-type')?.split(';')[0] ?? '';
  expect(Object.keys(described.content)).toContain(mediaType);
  const value = mediaType.endsWith('json') ? JSON.parse(text) : text;
  expect(faultsOf(value, described.content[mediaType]?.schema ?? {}, document), text).toEqual([]);
}

/** The scopes of the first security requirement; undefined when no token is needed. */
function scopesOf(security: Operation['security']): string[] | undefined {
  const [first] = security;
  return first === undefined || security.some((way) => Object.keys(way).length === 0)
    ? undefined
    : Object.values(first).flat();
}

function parameter({ parameters = [] }: Operation, name: string): Parameter | undefined {
  return parameters.find((known) => known.name === name);
}

/** Valid bodies: with the least and with the most members. Undefined for an operation without a body. */
function bodiesOf({ requestBody }: Operation, { document }: DocumentedService): unknown[] {
  const [content] = Object.values(requestBody?.content ?? {});
  if (content === undefined) return [undefined];
  return (['least', 'most'] as const).map((which) => exampleOf(content.schema, document, which));
}

/** The media types of a successful answer. */
function acceptable({ responses }: Operation): string[] {
  return Object.keys(responses['200']?.content ?? { '*/*': {} });
}

async function currentTag(
  running: RunningService,
  { path, operation }: { path: string; operation: Operation },
): Promise<string | undefined> {
  if (!parameter(operation, 'If-Match')) return undefined;
  const scopes = ['users:read', 'clients:read', 'apis:read', 'profile:read'];
  const { headers } = await call(running, { method: 'GET', path }, { scopes });
  return headers.get('etag') ?? undefined;
}

/** The routes of all routers of an app, as the document writes them. */
function routesOf({ middleware }: Koa): string[] {
  const routers = middleware.flatMap((step) => (step as { router?: Router }).router ?? []);
  return [...new Set(routers)]
    .flatMap(({ stack }) => stack)
    .filter(({ path }) => !PAGES.test(String(path)))
    .flatMap(({ path, methods }) =>
      methods
        .filter((method) => method !== 'HEAD')
        .map((method) => `${method} ${String(path).replace(/:(\w+)/g, '{$1}')}`),
    );
}
