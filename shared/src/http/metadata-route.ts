/** The route of protected resource metadata (RFC 9728 §3), which is public. */
import type Router from '@koa/router';
import { metadataOf, metadataPath, type ProtectedResource } from '../oauth/protected-resource-metadata.ts';

/** Adds the route. */
export function addMetadata(router: Router, api: ProtectedResource): void {
  router.get(literally(metadataPath(api.resource)), function answerMetadata(ctx) {
    ctx.set('Cache-Control', 'public, max-age=3600');
    ctx.body = metadataOf(api);
  });
}

/** Escapes the characters of a path that are special in the router's patterns, which are not regular expressions. */
function literally(path: string): string {
  return path.replace(/[{}()[\]+?!:*\\]/g, '\\$&');
}
