/** The OpenAPI document of the webapp. */
import { HEALTH_ROUTES, OPENAPI_ROUTE, OUTAGES, problems } from 'shared/http/described-routes.ts';
import { type OpenApiDocument, openApiDocument, type RouteDescription } from 'shared/http/openapi.ts';
import { timeAnswers } from 'shared/oauth/time-answers.ts';
import { z } from 'zod';
import { ENDPOINTS, type Endpoint } from '../core/ask-the-time.ts';
import { GRANT_TYPES } from '../core/grant-types.ts';

const tag = 'Time';
const text = z.string().meta({ description: 'The bare value' });

/** @param redirectUri the webapp's, which says where browsers reach it */
export function webappDocument(redirectUri: string): OpenApiDocument {
  const url = new URL('.', redirectUri).href.replace(/\/$/, '');
  return openApiDocument(
    {
      title: 'Webapp',
      description:
        'What people curl: for each call it gets a new token, calls the API, and shows the answer.',
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
      description: 'The user is refused',
      headers: { 'WWW-Authenticate': 'A challenge (RFC 7617 §2)' },
    },
    403: 'The API or the user refuses',
    413: 'There is a body, and it is too large',
    502: 'The auth server or the API refuses the webapp, or gave an answer that cannot be used',
  }),
  ...OUTAGES,
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
        description: 'The time of the call, as JSON or as text, whichever is asked for',
        content: { 'application/json': timeAnswers[name], 'text/plain': text },
      },
      303: {
        description: 'The way to the authorization endpoint, when the grant is authorization_code',
        content: { 'text/plain': text },
        headers: { Location: 'Where to go', 'Set-Cookie': 'What binds the flow to the browser' },
      },
      ...problems({ 400: 'The grant type is unknown' }),
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
      description: 'The time, as the call asked for it that began the flow',
      content: { 'application/json': z.union(Object.values(timeAnswers)), 'text/plain': text },
    },
    ...problems({ 400: 'No open flow of this browser belongs to this, or authorization was refused' }),
    ...refusals,
  },
};
