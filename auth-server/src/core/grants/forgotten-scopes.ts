/** What is left of a record of what a user has allowed, once scopes are gone. */

/** A record of what a user has allowed, or not. Only what it says of APIs matters here. */
type Permission = { [field: string]: unknown };

/** An API that is gone, or some of its scopes. */
export interface GoneScopes {
  /** The identifier of the API, as it was written. */
  resource: string;
  scopes: string[] | 'all';
}

/** What is gone, by the identifiers of the APIs. */
export function goneByResource(gone: GoneScopes[]): Map<string, string[] | 'all'> {
  const byResource = new Map<string, string[] | 'all'>();
  for (const { resource, scopes } of gone) {
    const known = byResource.get(resource) ?? [];
    byResource.set(resource, known === 'all' || scopes === 'all' ? 'all' : [...known, ...scopes]);
  }
  return byResource;
}

/** The identifiers of the APIs that a record of what a user has allowed, or not, is about. */
export function resourcesOf({ resources, rejected }: Permission): string[] {
  const names = [resources, (rejected as Permission | undefined)?.resources].flatMap((scopes) =>
    typeof scopes === 'object' && scopes !== null ? Object.keys(scopes) : [],
  );
  return [...new Set(names)];
}

/** A record of what a user has allowed, or not, without what is gone. */
export function withoutGone(record: Permission, gone: ReturnType<typeof goneByResource>): Permission {
  const { resources, rejected, ...rest } = record;
  return {
    ...rest,
    ...(resources !== undefined && { resources: left(resources, gone) }),
    ...(rejected !== undefined && { rejected: withoutGone(rejected as Permission, gone) }),
  };
}

function left(resources: unknown, gone: ReturnType<typeof goneByResource>): Record<string, string> {
  const scopes = Object.entries(resources as Record<string, string>).map(([resource, scope]) => {
    const missing = gone.get(resource) ?? [];
    const kept = missing === 'all' ? [] : scope.split(' ').filter((one) => !missing.includes(one));
    return [resource, kept.join(' ')] as const;
  });
  return Object.fromEntries(scopes.filter(([, scope]) => scope !== ''));
}
