/** Protected resource metadata (RFC 9728), from which a client learns where to get tokens for an API. */
import type Router from '@koa/router';

/** What the metadata of an API says. */
export interface ProtectedResource {
  /** The identifier of the API, which is its URL. */
  resource: string;
  name: string;
  issuer: string;
  scopes: readonly string[];
  /** The algorithms that may sign a DPoP proof (RFC 9449); undefined when the API accepts no proofs. */
  proofAlgs?: readonly string[];
}

/** The URL of a resource's metadata (RFC 9728 §3.1): the well-known path comes before the resource's own path. */
export function metadataUrl(resource: string): string {
  const { origin, pathname } = new URL(resource);
  return `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`;
}

/** The path of that URL. */
export function metadataPath(resource: string): string {
  return new URL(metadataUrl(resource)).pathname;
}

/** Adds the route of the metadata (RFC 9728 §3), which is public. */
export function addMetadata(router: Router, api: ProtectedResource): void {
  router.get(literally(metadataPath(api.resource)), function answerMetadata(ctx) {
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

/** Escapes the characters of a path that are special in the router's patterns, which are not regular expressions. */
function literally(path: string): string {
  return path.replace(/[{}()[\]+?!:*\\]/g, '\\$&');
}
