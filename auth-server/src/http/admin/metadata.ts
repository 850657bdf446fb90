/** Protected resource metadata (RFC 9728), from which a client learns where to get tokens for the admin API. */

/** Where the metadata of a resource is (RFC 9728 §3.1): the well-known path goes before the resource's own. */
export function metadataUrl(resource: string): string {
  const { origin, pathname } = new URL(resource);
  return `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`;
}

/** RFC 9728 §2. */
export function metadata(resource: string, issuer: string, scopes: string[]) {
  return {
    resource,
    authorization_servers: [issuer],
    scopes_supported: scopes,
    bearer_methods_supported: ['header'],
    resource_name: 'Admin API',
  };
}
