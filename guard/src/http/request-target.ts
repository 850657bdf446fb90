/** Reads request targets (RFC 9112 §3.2). */

import { httpUrl } from 'shared/core/http-url.ts';
import type { IncomingRequest } from 'shared/oauth/incoming-request.ts';

/**
 * The path of a target, and what follows it. A client may send the whole URL, whose host proves nothing. A target without a
 * path becomes `/`: put behind a base URL as it is, it could change the host.
 */
export function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const url = httpUrl(target);
  return url ? url.pathname + url.search : '/';
}

/**
 * Tells requests for the metadata at a URL (RFC 9728 §3.1) from others. OPTIONS is among them, which browsers may send first.
 *
 * @param metadataUrl a query in it is a part of the name of the API
 */
export function metadataRequests(metadataUrl: string) {
  const { pathname, search } = new URL(metadataUrl);
  return function asksForMetadata({ method, target }: Pick<IncomingRequest, 'method' | 'target'>): boolean {
    const [path, query] = originForm(target).split(/\?(.*)/s);
    if (path !== pathname || (search !== '' && `?${query}` !== search)) return false;
    return ['GET', 'HEAD', 'OPTIONS'].includes(method);
  };
}
