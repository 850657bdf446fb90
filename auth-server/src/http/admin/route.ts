/** A route of the admin API: what it is called by, what it takes and answers, and what it does. */
import { OUTAGES, problems } from 'shared/http/described-routes.ts';
import type { Answer, Method, RouteDescription } from 'shared/http/openapi.ts';
import { z } from 'zod';
import type { Actor } from '../../core/admin/admin-authorization.ts';
import type { AdminScope } from '../../core/apis/admin-scopes.ts';

/** The name of the security scheme in the document. */
export const SECURITY_SCHEME = 'oauth2';

/** The body of a JSON Merge Patch (RFC 7396), which is also taken as what it is written in. */
const MERGE_PATCH = ['application/merge-patch+json', 'application/json'] as const;
const JSON_ONLY = ['application/json'] as const;

/** A call that is authorized, and whose parts are of the shapes that the route describes. */
export interface Call<Params, Query, Body> {
  params: Params;
  query: Query;
  body: Body;
  /** The version that the caller has seen; NaN where the route does not ask for it. */
  version: number;
  actor: Actor;
  /** Where the call comes from. */
  address: string | undefined;
}

export interface Reply {
  status: number;
  body?: object;
  headers?: Record<string, string>;
}

/** What a route is, but for what follows from it. */
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
  /** What it answers when all is well, and refusals of its own. */
  answers: Record<number, Answer>;
  handle(call: Call<z.output<Params>, z.output<Query>, z.output<Body>>): Promise<Reply>;
}

export interface AdminRoute extends RouteDescription {
  scope: AdminScope;
  ifMatch: boolean;
  handle(call: Call<never, never, never>): Promise<Reply>;
}

const CHALLENGE = { 'WWW-Authenticate': 'A challenge (RFC 6750 §3)' };
const ifMatchHeader = z.object({
  'If-Match': z.string().meta({ description: 'The ETag of what you have seen', examples: ['"1"'] }),
});

/** A route with all that follows from its definition: what it may answer, and who may call it. */
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
        400: 'The request is not as it should be',
        401: { description: 'There is no token, or it is of no use', headers: CHALLENGE },
        403: 'The token has not the scope, or its owner may not do this',
        413: 'The body is too large',
        ...(described.params && { 404: 'There is no such thing' }),
        ...(ifMatch && {
          412: 'It has changed since',
          428: 'There is no If-Match, or it names no version',
        }),
        ...(body && { 415: 'The body is of another media type' }),
      }),
      ...OUTAGES,
      ...described.answers,
    },
  };
}
