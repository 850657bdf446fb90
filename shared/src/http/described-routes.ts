/** Descriptions of the routes and answers that all services share. */
import { z } from 'zod';
import { metadataUrl } from '../oauth/protected-resource-metadata.ts';
import type { Answer, RouteDescription } from './openapi.ts';

/** A problem (RFC 9457 §3.1), with this system's own members. An answer may have more members. */
export const problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    request_id: z.string().meta({ description: 'The id of the request in the logs of all services' }),
    errors: z
      .array(
        z.object({
          pointer: z
            .string()
            .optional()
            .meta({ description: 'Where in the body: a JSON Pointer as a URI fragment (RFC 6901 §6)' }),
          parameter: z.string().optional().meta({ description: 'The name of the query parameter' }),
          detail: z.string(),
        }),
      )
      .optional()
      .meta({ description: 'What is wrong with the request, and where' }),
  })
  .meta({ id: 'Problem', description: 'An error (RFC 9457)' });

/** Describes problem answers by status: a text, and the headers that the answer always has. */
export function problems(
  descriptions: Record<number, string | { description: string; headers: Record<string, string> }>,
): Record<number, Answer> {
  const content = { 'application/problem+json': problem };
  return Object.fromEntries(
    Object.entries(descriptions).map(([status, problem]) => [
      status,
      typeof problem === 'string' ? { description: problem, content } : { ...problem, content },
    ]),
  );
}

/** What every route may answer during an outage or under overload. */
export const OUTAGES = problems({
  503: {
    description: 'A dependency is not available, or too many requests are under way',
    headers: { 'Retry-After': 'When to try again, in seconds' },
  },
  504: 'There was no answer in time',
});

const tag = 'About';

/** The description of `GET /openapi.json`. */
export const OPENAPI_ROUTE: RouteDescription = {
  method: 'get',
  path: '/openapi.json',
  summary: 'This document',
  tag,
  answers: {
    200: {
      description: 'An OpenAPI 3.1 document',
      content: { 'application/json': z.looseObject({ openapi: z.string() }) },
      headers: { ETag: 'The version of the document' },
    },
    ...OUTAGES,
  },
};

const health = z
  .object({
    status: z.enum(['live', 'ready', 'not ready', 'stopping']),
    dependencies: z.record(z.string(), z.enum(['up', 'down'])).optional(),
  })
  .meta({ id: 'Health' });
const state = (description: string): Answer => ({ description, content: { 'application/json': health } });

/** The descriptions of the health paths. */
export const HEALTH_ROUTES: RouteDescription[] = [
  {
    method: 'get',
    path: '/health/live',
    summary: 'Whether the service runs',
    tag,
    answers: { 200: state('The service runs') },
  },
  {
    method: 'get',
    path: '/health/ready',
    summary: 'Whether the service can do its work',
    tag,
    answers: { 200: state('The service is ready'), 503: state('The service is not ready, or is stopping') },
  },
];

/** The description of the route of a protected resource's metadata (RFC 9728). */
export function resourceMetadataRoute(resource: string): RouteDescription {
  const metadata = z.looseObject({
    resource: z.string(),
    authorization_servers: z.array(z.string()),
    scopes_supported: z.array(z.string()),
    bearer_methods_supported: z.array(z.string()),
  });
  return {
    method: 'get',
    path: new URL(metadataUrl(resource)).pathname,
    summary: 'Where to get tokens',
    tag,
    answers: {
      200: {
        description: 'Protected resource metadata (RFC 9728)',
        content: { 'application/json': metadata.meta({ id: 'ProtectedResourceMetadata' }) },
      },
      ...OUTAGES,
    },
  };
}
