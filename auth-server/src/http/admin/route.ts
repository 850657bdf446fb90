/** A route of the admin API: its path, what it takes and answers, and what it does. */
import { OUTAGES, problems } from 'shared/http/described-routes.ts';
import type { Answer, Method, RouteDescription } from 'shared/http/openapi.ts';
import { z } from 'zod';
import type { Actor } from '../../core/admin/admin-authorization.ts';
import type { AdminScope } from '../../core/apis/admin-scopes.ts';

/** The name of the security scheme in the OpenAPI document. */
export const SECURITY_SCHEME = 'oauth2';

/** The media types of a JSON Merge Patch (RFC 7396), which is also accepted as plain JSON. */
const MERGE_PATCH = ['application/merge-patch+json', 'application/json'] as const;
const JSON_ONLY = ['application/json'] as const;

/** An authorized call, whose parts have the shapes that the route describes. */
export interface Call<Params, Query, Body> {
  params: Params;
  query: Query;
  body: Body;
  /** The version that the caller has seen; NaN where the route does not ask for it. */
  version: number;
  actor: Actor;
  /** The IP address that the call comes from. */
  address: string | undefined;
}

/** The answer to a call. */
export interface Reply {
  status: number;
  body?: object;
  headers?: Record<string, string>;
}

/** What a route has to say about itself; the rest follows from it. */
interface Definition<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType> {
  method: Method;
  path: string;
  summary: string;
  description?: string;
  tag: string;
  /** The scope that a caller's token needs. */
  scope: AdminScope;
  params?: Params;
  query?: Query;
  body?: Body;
  /** Whether the caller must say which version they have seen. */
  ifMatch?: boolean;
  /** The answers to a successful call, and the refusals that only this route has. */
  answers: Record<number, Answer>;
  handle(call: Call<z.output<Params>, z.output<Query>, z.output<Body>>): Promise<Reply>;
}

/** A route with its description, from which both the router and the OpenAPI document are made. */
export interface AdminRoute extends RouteDescription {
  scope: AdminScope;
  ifMatch: boolean;
  handle(call: Call<never, never, never>): Promise<Reply>;
}

const CHALLENGE = { 'WWW-Authenticate': 'A challenge (RFC 6750 §3)' };
const ifMatchHeader = z.object({
  'If-Match': z
    .string()
    .meta({ description: 'The ETag of the version that you have seen', examples: ['"1"'] }),
});

/** Completes a definition with what follows from it: who may call the route, and how it refuses a call. */
export function route<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType>(
  definition: Definition<Params, Query, Body>,
): AdminRoute {
  const { scope, ifMatch = false, body, ...described } = definition;
  return {
    ...described,
    scope,
    ifMatch,
    security: [{ [SECURITY_SCHEME]: [scope] }],
    ...(ifMatch && { headers: ifMatchHeader }),
    ...(body && {
      body: { mediaTypes: described.method === 'patch' ? MERGE_PATCH : JSON_ONLY, schema: body },
    }),
    answers: {
      ...problems({
        400: 'The request is not valid',
        401: { description: 'The token is missing or not valid', headers: CHALLENGE },
        403: 'The token does not have the scope, or the caller may not do this',
        413: 'The body is too large',
        ...(described.params && { 404: 'Nothing has this id' }),
        ...(ifMatch && {
          412: 'It has changed since you saw it',
          428: 'If-Match is missing, or names no version',
        }),
        ...(body && { 415: 'The body has another media type' }),
      }),
      ...OUTAGES,
      ...described.answers,
    },
  };
}
