/**
 * Rules for the URIs in client metadata. They are checked as they were sent, because URL parsers silently correct what
 * they read: they drop line feeds, trim blanks and take a backslash for a slash.
 */

/** The longest URI, in characters. */
export const MAX_URI_LENGTH = 2_000;

/** How many URIs one member may have. */
export const MAX_URIS = 50;

/** What is wrong with a URI, as the end of a sentence whose subject is the member; undefined when nothing is. */
type Rule = (uri: string) => string | undefined;

const MEMBERS: Record<string, Rule> = {
  redirect_uris: redirectUriFault,
  post_logout_redirect_uris: redirectUriFault,
  // Pages that people open.
  client_uri: webUriFault,
  logo_uri: webUriFault,
  policy_uri: webUriFault,
  tos_uri: webUriFault,
  // Where a browser is sent.
  initiate_login_uri: withoutFragment(webUriFault),
  // Where this server sends requests.
  jwks_uri: fetchedUriFault,
  sector_identifier_uri: fetchedUriFault,
  backchannel_logout_uri: fetchedUriFault,
  backchannel_client_notification_endpoint: fetchedUriFault,
  // The identifier of an API (RFC 8707 §2), to which no request is sent.
  resource: withoutFragment(uriFault),
};

/** Only the characters of RFC 3986 §2, and no control character in percent-encoding either. */
const URI_CHARACTERS = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%(?![01]|7F)[0-9A-F]{2})*$/i;

/** The parts of a URI (RFC 3986 appendix B). */
const PARTS = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?/i;

/** A host with or without a port. */
const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d+)?$/i;

/**
 * The hosts that are this machine. RFC 6761 §6.3 reserves `localhost` and all names under it, and browsers ask no name
 * server for them.
 */
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|\[::1\]|(?:[a-z0-9_-]+\.)*localhost)(?::\d+)?$/i;

/** A host that is this machine for whoever connects to it, in the one form that URL parsers give to each address. */
const THIS_MACHINE =
  /^(?:127\.[\d.]+|0\.0\.0\.0|\[::1?\]|\[::ffff:(?:7f[\da-f]{2}:[\da-f]+|0:0)\]|(?:.*\.)?localhost)\.?$/;

/** The faults of all URIs in client metadata, those of redirect URIs first. */
export function uriFaults(metadata: Record<string, unknown>): string[] {
  return Object.entries(MEMBERS).flatMap(([member, rule]) => {
    const uris = [metadata[member]].flat().filter((uri) => typeof uri === 'string');
    const tooMany = uris.length > MAX_URIS ? [`must have at most ${MAX_URIS} entries`] : [];
    const faults = new Set([...tooMany, ...uris.flatMap((uri) => rule(uri) ?? [])]);
    return [...faults].map((fault) => `${member} ${fault}`);
  });
}

/**
 * What is wrong with a redirect URI; undefined when nothing is. A code that travels over plain http can be read on the way
 * (RFC 9700 §2.6), except on the machine itself. A private-use scheme is a domain name in reverse order (RFC 8252 §7.1).
 */
export function redirectUriFault(uri: string): string | undefined {
  const fault = withoutFragment(uriFault)(uri);
  if (fault !== undefined || isWeb(uri) || partsOf(uri).scheme?.includes('.')) return fault;
  return 'must be https, http at a loopback address, or have a private-use scheme with a dot in it';
}

/** What is wrong with the address of a page or an endpoint on the web; undefined when nothing is. */
export function webUriFault(uri: string): string | undefined {
  return uriFault(uri) ?? (isWeb(uri) ? undefined : 'must be https, or http at a loopback address');
}

/**
 * What is wrong with a URL that this server fetches; undefined when nothing is. Keys that travel over plain http can be
 * replaced on the way, and no client may make this server send requests to the machine that it runs on. The library refuses
 * to connect to addresses of that kind, too, which also covers names that lead there.
 */
export function fetchedUriFault(uri: string): string | undefined {
  const fault = withoutFragment(uriFault)(uri);
  if (fault !== undefined) return fault;
  return isWeb(uri) && partsOf(uri).scheme === 'https' && !THIS_MACHINE.test(new URL(uri).hostname)
    ? undefined
    : 'must be https, and not at a loopback address';
}

/**
 * What is wrong with the URL of the keys of a workload's issuer; undefined when nothing is. Only the operator and administrators give
 * such a URL, and they may run the issuer beside this server.
 */
export function workloadKeysUriFault(uri: string): string | undefined {
  return withoutFragment(webUriFault)(uri);
}

/** What is wrong with the identifier of an API (RFC 8707 §2); undefined when nothing is. Over http only this machine is named. */
export function apiIdentifierFault(uri: string): string | undefined {
  const fault = withoutFragment(uriFault)(uri);
  if (fault !== undefined || partsOf(uri).scheme !== 'http' || isWeb(uri)) return fault;
  return 'must not be http, except at a loopback address';
}

function isWeb(uri: string): boolean {
  const { scheme, authority = '' } = partsOf(uri);
  return scheme === 'https' ? HOST.test(authority) : scheme === 'http' && LOOPBACK.test(authority);
}

/** What is wrong with a URI of any kind. */
function uriFault(uri: string): string | undefined {
  if (uri.length > MAX_URI_LENGTH) return `must not have more than ${MAX_URI_LENGTH} characters`;
  if (!URI_CHARACTERS.test(uri)) return 'must not contain characters that a URI cannot have';
  if (partsOf(uri).authority?.includes('@')) return 'must not contain a user name or a password';
  return partsOf(uri).scheme !== undefined && URL.canParse(uri) ? undefined : 'must be an absolute URI';
}

function withoutFragment(rule: Rule): Rule {
  return (uri) => rule(uri) ?? (uri.includes('#') ? 'must not contain fragments' : undefined);
}

function partsOf(uri: string): { scheme: string | undefined; authority: string | undefined } {
  const [, scheme, authority] = uri.match(PARTS) ?? [];
  return { scheme: scheme?.toLowerCase(), authority };
}

/** A redirect URI at which any program on the user's computer may listen (RFC 8252 §7.3). */
const LOOPBACK_REDIRECT = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?(?:[/?]|$)/;

/** Whether a redirect URI leads to a program on the computer of the user, whichever that is. */
export function isLoopbackRedirect(uri: string): boolean {
  return LOOPBACK_REDIRECT.test(uri);
}
