/** All APIs of the issuer, indexed, so that finding one costs the same however many there are. */
import type { Api } from './api.ts';

/** The APIs that there are now. */
export interface Apis {
  all: readonly Api[];
  /** The API with this identifier, however it is spelt: two that are one URL once normalised name one API (RFC 8707 §2). */
  find(resource: string): Api | undefined;
  /** The APIs that have a scope. */
  withScope(scope: string): readonly Api[];
}

/** Indexes APIs. Of two with one identifier the first is kept. */
export function indexedApis(apis: readonly Api[]): Apis {
  const byUrl = new Map<string, Api>();
  for (const api of apis) {
    const url = normalised(api.resource);
    if (!byUrl.has(url)) byUrl.set(url, api);
  }
  const all = [...byUrl.values()];
  // Nearly all callers write the identifier as it was defined, which needs no parsing.
  const asWritten = new Map(all.map((api) => [api.resource, api]));
  const scopes = all.flatMap((api) => [...api.scopes.keys()].map((scope) => ({ scope, api })));
  const byScope = Map.groupBy(scopes, ({ scope }) => scope);
  const withScope = new Map([...byScope].map(([scope, having]) => [scope, having.map(({ api }) => api)]));
  return {
    all,
    find: (resource) => asWritten.get(resource) ?? byUrl.get(normalised(resource)),
    withScope: (scope) => withScope.get(scope) ?? [],
  };
}

/** An identifier in the one form that all its spellings have. */
export function normalised(resource: string): string {
  return URL.parse(resource)?.href ?? resource;
}
