/** The OpenAPI document of the webapp. */
import { HEALTH_ROUTES, OPENAPI_ROUTE, OUTAGES, problems } from 'shared/http/described-routes.ts';
import { type OpenApiDocument, openApiDocument, type RouteDescription } from 'shared/http/openapi.ts';
import { timeAnswers } from 'shared/oauth/time-answers.ts';
import { z } from 'zod';
import { ENDPOINTS, type Endpoint } from '../core/ask-the-time.ts';
import { GRANT_TYPES } from '../core/grant-types.ts';

const tag = 'Time';
const text = z.string().meta({ description: 'The bare value' });

/**
 * The document of the webapp.
 *
 * @param redirectUri the webapp's redirect URI, which says where browsers reach it
 */
export function webappDocument(redirectUri: string): OpenApiDocument {
  const url = new URL('.', redirectUri).href.replace(/\/$/, '');
  return openApiDocument(
    {
      title: 'Webapp',
      description:
        'The client that people curl: for each call it gets a new token, calls the API, and shows the answer.',
      url,
      securitySchemes: {
        basic: { type: 'http', scheme: 'Basic', description: 'The user that a call is for' },
      },
    },
    [...ENDPOINTS.map(endpoint), callback, OPENAPI_ROUTE, ...HEALTH_ROUTES],
  );
}

const refusals = {
  ...problems({
    401: {
      description: 'The username or the password is missing or refused, or the API refuses the token',
      headers: { 'WWW-Authenticate': 'A challenge (RFC 7617 §2)' },
    },
    403: 'The API refuses the call, the user denied authorization, or no sign-in is good enough for the API (RFC 9470)',
    413: 'The request has a body that is too large',
    502: 'The auth server refuses the webapp, or it or the API gave an answer that cannot be used',
  }),
  ...OUTAGES,
};

const redirectHeaders = {
  Location: 'The authorization request',
  'Set-Cookie': 'The cookie that binds the flow to the browser',
};

function endpoint(name: Endpoint): RouteDescription {
  return {
    method: 'get',
    path: `/${name}`,
    summary: `Ask for ${name}`,
    tag,
    security: [{ basic: [] }, {}],
    query: z.object({
      grant_type: z.enum(GRANT_TYPES).optional().meta({ description: 'How the call gets its token' }),
    }),
    answers: {
      200: {
        description: 'The time of the call, as JSON or as text, whichever `Accept` asks for',
        content: { 'application/json': timeAnswers[name], 'text/plain': text },
      },
      303: {
        description: 'A redirect to the authorization endpoint, when the grant is authorization_code',
        content: { 'text/plain': text },
        headers: redirectHeaders,
      },
      ...problems({ 400: 'The grant type is unknown, or given more than once' }),
      ...refusals,
    },
  };
}

const callback: RouteDescription = {
  method: 'get',
  path: '/callback',
  summary: 'Come back with a code',
  description: 'The redirect URI of the flows that a call has begun (RFC 6749 §4.1.2).',
  tag,
  query: z.object({
    state: z.string().optional(),
    code: z.string().optional(),
    iss: z.string().optional(),
    error: z.string().optional(),
    error_description: z.string().optional(),
  }),
  answers: {
    200: {
      description: 'The time, in the format that the first call of the flow asked for',
      content: { 'application/json': z.union(Object.values(timeAnswers)), 'text/plain': text },
    },
    303: {
      description:
        'A redirect to the authorization endpoint once more, when the API asks for another sign-in (RFC 9470)',
      content: { 'text/plain': text },
      headers: redirectHeaders,
    },
    ...problems({ 400: 'No open flow of this browser belongs to this callback, or authorization failed' }),
    ...refusals,
  },
};
