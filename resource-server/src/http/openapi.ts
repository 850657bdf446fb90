/** The OpenAPI document of the API. */
import type { ScopeSignIn } from 'guard';
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
import { API_NAME, type Endpoint, endpoints, SCOPES } from './endpoints.ts';

/**
 * The document of the API.
 *
 * @param resource the identifier of the API, which is its URL
 * @param signIn how users must have signed in for the scopes
 */
export function apiDocument(resource: string, issuer: string, signIn: ScopeSignIn = {}): OpenApiDocument {
  return openApiDocument(
    {
      title: API_NAME,
      description: `The time, for users: each call needs a token for \`${resource}\`, and the token is introspected.`,
      url: resource,
      securitySchemes: {
        oauth2: issuerTokens(issuer, SCOPES),
        dpop: { type: 'http', scheme: 'DPoP', description: 'The same tokens, bound to a key (RFC 9449)' },
      },
    },
    [
      ...endpoints.map((endpoint) => described(endpoint, signIn[endpoint.scope])),
      resourceMetadataRoute(resource),
      OPENAPI_ROUTE,
      ...HEALTH_ROUTES,
    ],
  );
}

function described(
  { method, path, summary, scope, answer }: Endpoint,
  signIn: ScopeSignIn[string] | undefined,
): RouteDescription {
  const challenge = { 'WWW-Authenticate': 'A challenge (RFC 6750 §3, RFC 9449 §7.1, RFC 9470 §3)' };
  return {
    method,
    path,
    summary,
    tag: 'Time',
    security: [{ oauth2: [scope] }, { dpop: [scope] }],
    answers: {
      200: { description: 'The time of the call', content: { 'application/json': answer } },
      ...problems({
        400: 'The token is sent in the wrong way',
        401: { description: `The token is missing or not accepted${askedOf(signIn)}`, headers: challenge },
        403: { description: 'The token does not have the scope', headers: challenge },
        413: 'The request has a body that is too large',
        502: 'The auth server gave an answer that cannot be used',
      }),
      ...OUTAGES,
    },
  };
}

/** How the user must have signed in, as the rest of a sentence; nothing when that does not matter. */
function askedOf(signIn: ScopeSignIn[string] | undefined): string {
  if (signIn === undefined) return '';
  const { acrValues, maxAge } = signIn;
  const asked = [
    ...(maxAge === undefined ? [] : [`at most ${maxAge} seconds ago (\`max_age\`)`]),
    ...(acrValues === undefined ? [] : [`as ${acrValues.join(' or ')} (\`acr_values\`)`]),
  ];
  return `, or its user has not signed in ${asked.join(' and ')}: \`insufficient_user_authentication\` (RFC 9470)`;
}
