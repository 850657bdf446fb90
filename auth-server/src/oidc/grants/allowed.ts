/** What a user has allowed a client, as consents and grants alike have it. */

/** Scopes and claims of OpenID Connect, and scopes by the identifiers of their APIs. The library's grants say it alike. */
export interface Scopes {
  openid?: { scope?: string | undefined; claims?: string[] | undefined } | undefined;
  resources?: Record<string, string> | undefined;
}

/** What a user has allowed, and what they have left out when they were asked, so that they are not asked each time. */
export interface Allowed extends Scopes {
  rejected?: Scopes | undefined;
  /** When the APIs were defined, where that is known, in seconds since the epoch: another API may get the identifier later. */
  since?: Record<string, number> | undefined;
}

/** What either allows. What either leaves out is left out unless the other allows it. */
export function joined(one: Allowed, other: Allowed): Allowed {
  const allowed = either(one, other);
  const rejected = except(either(one.rejected ?? {}, other.rejected ?? {}), allowed);
  const since = { ...one.since, ...other.since };
  return {
    ...allowed,
    ...(isAnything(rejected) && { rejected }),
    ...(Object.keys(since).length > 0 && { since }),
  };
}

function either(one: Scopes, other: Scopes): Required<Scopes> {
  const scope = words(one.openid?.scope, other.openid?.scope);
  const claims = [...new Set([...(one.openid?.claims ?? []), ...(other.openid?.claims ?? [])])];
  const resources = Object.keys({ ...one.resources, ...other.resources }).map((resource) => [
    resource,
    words(one.resources?.[resource], other.resources?.[resource]),
  ]);
  return {
    openid: { ...(scope !== '' && { scope }), ...(claims.length > 0 && { claims }) },
    resources: Object.fromEntries(resources),
  };
}

function except({ openid, resources }: Scopes, allowed: Scopes): Required<Scopes> {
  const scope = wordsExcept(openid?.scope, allowed.openid?.scope);
  const left = Object.entries(resources ?? {}).map(([resource, scopes]) => [
    resource,
    wordsExcept(scopes, allowed.resources?.[resource]),
  ]);
  return {
    openid: { ...(scope !== '' && { scope }) },
    resources: Object.fromEntries(left.filter(([, scopes]) => scopes !== '')),
  };
}

function isAnything({ openid, resources }: Scopes): boolean {
  return openid?.scope !== undefined || Object.keys(resources ?? {}).length > 0;
}

function wordsExcept(text: string | undefined, excepted: string | undefined): string {
  const not = new Set(excepted?.split(' '));
  return words(text)
    .split(' ')
    .filter((word) => !not.has(word))
    .join(' ');
}

function words(...texts: (string | undefined)[]): string {
  return [...new Set(texts.flatMap((text) => (text ? text.split(' ') : [])))].join(' ');
}
