/** Protected resource metadata (RFC 9728), from which a client learns where to get tokens for an API. */

/** What the metadata of an API says. */
export interface ProtectedResource {
  /** The identifier of the API, which is its URL. */
  resource: string;
  /** What users call it. */
  name?: string | undefined;
  issuer: string;
  scopes: readonly string[];
  /** The algorithms that may sign a DPoP proof (RFC 9449); undefined when the API accepts no proofs. */
  proofAlgs?: readonly string[];
}

/** The URL of a resource's metadata (RFC 9728 §3.1): the well-known path comes before the resource's own path and query. */
export function metadataUrl(resource: string): string {
  const { origin, pathname, search } = new URL(resource);
  return `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}${search}`;
}

/** The path of that URL, without the query. */
export function metadataPath(resource: string): string {
  return new URL(metadataUrl(resource)).pathname;
}

/** The metadata of an API (RFC 9728 §2), which is public. */
export function metadataOf({ resource, name, issuer, scopes, proofAlgs }: ProtectedResource) {
  return {
    resource,
    authorization_servers: [issuer],
    scopes_supported: scopes,
    bearer_methods_supported: ['header'],
    ...(proofAlgs && { dpop_signing_alg_values_supported: proofAlgs }),
    ...(name !== undefined && { resource_name: name }),
  };
}
