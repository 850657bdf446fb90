/** The OpenAPI document of the admin API. */
import { HEALTH_ROUTES, OPENAPI_ROUTE, resourceMetadataRoute } from 'shared/http/described-routes.ts';
import { issuerTokens, type OpenApiDocument, openApiDocument } from 'shared/http/openapi.ts';
import { ADMIN_MEANINGS } from '../../core/apis/admin-scopes.ts';
import { type AdminRoute, SECURITY_SCHEME } from './route.ts';

const DESCRIPTION = `Users, clients, grants, sessions, signing keys and the audit records of the auth server.

Each call needs a token for this API, which clients get that the operator has registered with \`"admin": true\`. What is
under *Me* is for every user, and is the user's own; all else is for administrators, and for clients that act for
themselves. Who changes or deletes a user or a client says by \`If-Match\` what they have seen.`;

export function adminDocument(routes: AdminRoute[], resource: string, issuer: string): OpenApiDocument {
  return openApiDocument(
    {
      title: 'Admin API',
      description: DESCRIPTION,
      url: resource,
      securitySchemes: { [SECURITY_SCHEME]: issuerTokens(issuer, ADMIN_MEANINGS) },
    },
    [...routes, resourceMetadataRoute(resource), OPENAPI_ROUTE, ...HEALTH_ROUTES],
  );
}
