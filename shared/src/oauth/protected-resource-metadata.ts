/** Protected resource metadata (RFC 9728), from which a client learns where to get tokens for an API. */
import type Router from '@koa/router';

export interface ProtectedResource {
  /** The identifier of the API, which is its URL. */
  resource: string;
  name: string;
  issuer: string;
  scopes: readonly string[];
  /** What may sign a DPoP proof (RFC 9449); undefined when the API takes none. */
  proofAlgs?: readonly string[];
}

/** Where the metadata of a resource is (RFC 9728 §3.1): the well-known path goes before the resource's own. */
export function metadataUrl(resource: string): string {
  const { origin, pathname } = new URL(resource);
  return `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`;
}

/** Adds the route of the metadata (RFC 9728 §3), which is for everyone. */
export function addMetadata(router: Router, api: ProtectedResource): void {
  router.get(literally(new URL(metadataUrl(api.resource)).pathname), function answerMetadata(ctx) {
    ctx.set('Cache-Control', 'public, max-age=3600');
    ctx.body = metadata(api);
  });
}

/** RFC 9728 §2. */
function metadata({ resource, name, issuer, scopes, proofAlgs }: ProtectedResource) {
  return {
    resource,
    authorization_servers: [issuer],
    scopes_supported: scopes,
    bearer_methods_supported: ['header'],
    ...(proofAlgs && { dpop_signing_alg_values_supported: proofAlgs }),
    resource_name: name,
  };
}

/** A path as the router's pattern for that path and no other. It is no regular expression, but has signs of its own. */
function literally(path: string): string {
  return path.replace(/[{}()[\]+?!:*\\]/g, '\\$&');
}
