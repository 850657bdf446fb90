/** The OpenAPI document of the admin API. */
import { HEALTH_ROUTES, OPENAPI_ROUTE, resourceMetadataRoute } from 'shared/http/described-routes.ts';
import { issuerTokens, type OpenApiDocument, openApiDocument } from 'shared/http/openapi.ts';
import { ADMIN_MEANINGS } from '../../core/apis/admin-scopes.ts';
import { type AdminRoute, SECURITY_SCHEME } from './route.ts';

const DESCRIPTION = `Manages the users, clients, APIs, grants, sessions and signing keys of the auth server, and lists its
audit records.

Every call needs an access token for this API. Only a client that the operator has registered with \`"admin": true\` can
get one. The calls under *Me* are for every user, and concern only the user's own account. All other calls are for
administrators, and for clients that act for themselves. To change a user, or to change or delete a client or an API, send
\`If-Match\` with the ETag of the version that you have seen.`;

/** @param issuer where callers get their tokens */
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
