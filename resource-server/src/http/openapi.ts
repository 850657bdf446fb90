/** The OpenAPI document of the API. */
import {
  HEALTH_ROUTES,
  OPENAPI_ROUTE,
  OUTAGES,
  problems,
  resourceMetadataRoute,
} from 'shared/http/described-routes.ts';
import {
  issuerTokens,
  type OpenApiDocument,
  openApiDocument,
  type RouteDescription,
} from 'shared/http/openapi.ts';
import { timeAnswers } from 'shared/oauth/time-answers.ts';
import type { z } from 'zod';

/** What each scope lets a caller do; it is named like the endpoint that needs it. */
const scopes: Record<keyof typeof timeAnswers, string> = {
  current_time: 'See the current time',
  epoch_time: 'See the time as seconds since 1970',
};

/** @param resource the identifier of the API, which is its URL */
export function apiDocument(resource: string, issuer: string): OpenApiDocument {
  return openApiDocument(
    {
      title: 'Time API',
      description: `The time, for users: each call needs a token for \`${resource}\`, and the token is introspected.`,
      url: resource,
      securitySchemes: {
        oauth2: issuerTokens(issuer, scopes),
        dpop: { type: 'http', scheme: 'DPoP', description: 'The same tokens, bound to a key (RFC 9449)' },
      },
    },
    [
      ...Object.entries(timeAnswers).map(([name, answer]) => endpoint(name as keyof typeof scopes, answer)),
      resourceMetadataRoute(resource),
      OPENAPI_ROUTE,
      ...HEALTH_ROUTES,
    ],
  );
}

function endpoint(scope: keyof typeof scopes, answer: z.ZodType): RouteDescription {
  const challenge = { 'WWW-Authenticate': 'A challenge (RFC 6750 §3, RFC 9449 §7.1)' };
  return {
    method: 'get',
    path: `/${scope}`,
    summary: scopes[scope],
    tag: 'Time',
    security: [{ oauth2: [scope] }, { dpop: [scope] }],
    answers: {
      200: { description: 'The time of the call', content: { 'application/json': answer } },
      ...problems({
        400: 'The token is not sent as it should be',
        401: { description: 'There is no token, or it is of no use', headers: challenge },
        403: { description: "The token's scope is another", headers: challenge },
        413: 'There is a body, and it is too large',
        502: 'The auth server gave an answer that cannot be used',
      }),
      ...OUTAGES,
    },
  };
}
