/** All APIs of the issuer, indexed, so that finding one costs the same however many there are. */
import type { Api, TokenKind } from './api.ts';

/** The APIs that there are now. */
export interface Apis {
  all: readonly Api[];
  /**
   * The API with this identifier, however it is spelt: two that are one URL once normalised name one API (RFC 8707 §2). So do
   * two that differ by a slash at the end of their paths, which clients add and leave out, unless each is an API.
   */
  find(resource: string): Api | undefined;
  /** The APIs that have a scope. */
  withScope(scope: string): readonly Api[];
  /** The APIs that have a scope, and tokens of a kind. */
  offering(scope: string, kind: TokenKind): readonly Api[];
  /** The same, as far as a client without a registered `scope` may ask for the scope. */
  offeringByDefault(scope: string, kind: TokenKind): readonly Api[];
  /** The APIs that have tokens of a kind, and of which a client without a registered `scope` may ask for some scope. */
  openByDefault(kind: TokenKind): readonly Api[];
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
  const withScope = byScope(all, ({ scopes }) => scopes.keys());
  const ofKind = { user: indexedFor('user', all), client: indexedFor('client', all) };
  return {
    all,
    find(resource) {
      const found = asWritten.get(resource) ?? byUrl.get(normalised(resource));
      return found ?? byUrl.get(otherEnding(normalised(resource)));
    },
    withScope: (scope) => withScope.get(scope) ?? [],
    offering: (scope, kind) => ofKind[kind].offering.get(scope) ?? [],
    offeringByDefault: (scope, kind) => ofKind[kind].byDefault.get(scope) ?? [],
    openByDefault: (kind) => ofKind[kind].open,
  };
}

/** An identifier in the one form that all its spellings have. */
export function normalised(resource: string): string {
  return URL.parse(resource)?.href ?? resource;
}

/** A URL with a slash at the end of its path if it has none, and without it if it has one. */
function otherEnding(url: string): string {
  const [, path = '', query = ''] = /^([^?]*)(.*)$/s.exec(url) ?? [];
  return (path.endsWith('/') ? path.slice(0, -1) : `${path}/`) + query;
}

function indexedFor(kind: TokenKind, all: readonly Api[]) {
  const having = all.filter(({ tokensFor }) => tokensFor.has(kind));
  return {
    offering: byScope(having, ({ scopes }) => scopes.keys()),
    byDefault: byScope(having, ({ defaultScopes }) => defaultScopes),
    open: having.filter(({ defaultScopes }) => defaultScopes.length > 0),
  };
}

function byScope(apis: readonly Api[], scopesOf: (api: Api) => Iterable<string>): Map<string, Api[]> {
  const index = new Map<string, Api[]>();
  for (const api of apis) {
    for (const scope of new Set(scopesOf(api))) {
      const having = index.get(scope);
      if (having === undefined) index.set(scope, [api]);
      else having.push(api);
    }
  }
  return index;
}
