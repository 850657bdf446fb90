/** OpenAPI 3.1 documents, made from descriptions of routes whose shapes are the zod schemas that check them. */
import { createHash } from 'node:crypto';
import type { Middleware } from 'koa';
import { z } from 'zod';

/** The HTTP methods that routes have, as OpenAPI writes them. */
export const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
export type Method = (typeof METHODS)[number];

/** One answer of a route, by its status. */
export interface Answer {
  description: string;
  /** The shape of the body by media type; left out when the answer has no body. */
  content?: Record<string, z.ZodType>;
  /** Headers that the answer always has, and what they say. */
  headers?: Record<string, string>;
}

/** A route as its service implements it and its OpenAPI document shows it. */
export interface RouteDescription {
  method: Method;
  /** A path template, such as `/users/{id}`. */
  path: string;
  /** What it does, in a few words. */
  summary: string;
  /** What else a caller needs to know. */
  description?: string;
  /** The heading under which the document shows it. */
  tag: string;
  /** Who may call it, in the terms of the document's security schemes; anyone when left out. */
  security?: Record<string, readonly string[]>[];
  params?: z.ZodObject;
  query?: z.ZodObject;
  headers?: z.ZodObject;
  body?: { mediaTypes: readonly string[]; schema: z.ZodType };
  answers: Record<number, Answer>;
}

/** What a document says about the service as a whole. */
export interface DocumentDescription {
  title: string;
  description: string;
  /** The URL at which clients reach the service. */
  url: string;
  securitySchemes?: Record<string, object>;
}

/** The security scheme of Bearer tokens of an issuer, with the meaning of each scope. */
export function issuerTokens(issuer: string, scopes: Record<string, string>): object {
  const at = (path: string) => `${issuer.replace(/\/$/, '')}${path}`;
  const [authorizationUrl, tokenUrl] = [at('/authorize'), at('/token')];
  return {
    type: 'oauth2',
    description: `Tokens of ${issuer}`,
    flows: {
      authorizationCode: { authorizationUrl, tokenUrl, refreshUrl: tokenUrl, scopes },
      clientCredentials: { tokenUrl, scopes },
    },
  };
}

/** Makes the OpenAPI 3.1 document of a service. */
export function openApiDocument(description: DocumentDescription, routes: readonly RouteDescription[]) {
  const schemas: Record<string, object> = {};
  const { title, url, securitySchemes = {} } = description;
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route, schemas) };
  }
  return {
    openapi: '3.1.1',
    info: { title, version: '1', description: description.description },
    servers: [{ url }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: { schemas, securitySchemes },
  };
}

export type OpenApiDocument = ReturnType<typeof openApiDocument>;

/** Answers `GET /openapi.json`. The document is public, and pages of any origin may read it. */
export function answerOpenApi(document: object): Middleware {
  const text = `${JSON.stringify(document)}\n`;
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 16)}"`;
  return function answerOpenApiMiddleware(ctx) {
    ctx.set({ 'Cache-Control': 'no-cache', 'Access-Control-Allow-Origin': '*', ETag: etag });
    ctx.type = 'application/json';
    ctx.body = text;
    if (ctx.fresh) ctx.status = 304;
  };
}

function operation(route: RouteDescription, schemas: Record<string, object>): object {
  const parameters = [
    ...parametersOf('path', route.params, schemas),
    ...parametersOf('query', route.query, schemas),
    ...parametersOf('header', route.headers, schemas),
  ];
  return {
    operationId: operationId(route),
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    tags: [route.tag],
    security: route.security ?? [],
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && { requestBody: requestBody(route.body, schemas) }),
    responses: Object.fromEntries(
      Object.entries(route.answers).map(([status, answer]) => [status, response(answer, schemas)]),
    ),
  };
}

/** An id such as `patchUsersId`. */
function operationId({ method, path }: RouteDescription): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return method + words.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`).join('');
}

function parametersOf(
  location: 'path' | 'query' | 'header',
  shape: z.ZodObject | undefined,
  schemas: Record<string, object>,
): object[] {
  if (shape === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(shape, 'input', schemas);
  return Object.entries(properties).map(([name, schema]) => {
    const { description, ...rest } = schema as z.core.JSONSchema.JSONSchema;
    return {
      name,
      in: location,
      required: required.includes(name),
      ...(description !== undefined && { description }),
      schema: rest,
    };
  });
}

function requestBody(
  { mediaTypes, schema }: NonNullable<RouteDescription['body']>,
  schemas: Record<string, object>,
): object {
  const content = { schema: jsonSchema(schema, 'input', schemas) };
  return { required: true, content: Object.fromEntries(mediaTypes.map((type) => [type, content])) };
}

function response({ description, content, headers }: Answer, schemas: Record<string, object>): object {
  return {
    description,
    ...(headers && {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, text]) => [
          name,
          { description: text, required: true, schema: { type: 'string' } },
        ]),
      ),
    }),
    ...(content && {
      content: Object.fromEntries(
        Object.entries(content).map(([type, schema]) => [
          type,
          { schema: jsonSchema(schema, 'output', schemas) },
        ]),
      ),
    }),
  };
}

/** Writes a schema as JSON Schema. Schemas with an id are added to the document's components. */
function jsonSchema(
  schema: z.ZodType,
  io: 'input' | 'output',
  schemas: Record<string, object>,
): z.core.JSONSchema.JSONSchema {
  const generated = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    // A format says the same as its pattern, and people can read it.
    override: ({ jsonSchema }) => void (jsonSchema.format !== undefined && delete jsonSchema.pattern),
  });
  const {
    $schema: _dialect,
    $defs,
    ...own
  } = JSON.parse(
    JSON.stringify(generated).replaceAll('"#/$defs/', '"#/components/schemas/'),
  ) as z.core.JSONSchema.JSONSchema;
  Object.assign(schemas, $defs);
  return own;
}
