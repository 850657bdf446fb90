/** What a client may be that a stranger registers: anyone, without a token (RFC 7591 §3, open registration). */
import type { ClientRegistration } from './client-registration.ts';

const DAY_S = 24 * 60 * 60;

/** How long a registration is kept that has never got a token, in seconds. */
export const UNUSED_S = DAY_S;

/** How long one is kept from its last token, in seconds. */
export const USED_S = 90 * DAY_S;

/** How many there may be, used or not. */
export const MOST_STRANGERS = 10_000;

/** How large a registration request may be, in bytes: all of them together take 80 MB at most. */
export const MAX_REGISTRATION_BYTES = 8 * 1024;

/**
 * The members that count. All others are ignored, as unknown ones are (RFC 7591 §2): those that only an operator may set, and
 * those that would have this server fetch something from the client. `scope` is ignored, too: what strangers may ask for is said by
 * the `default_scopes` of each API, and a client that registers what it needs first must be able to ask for more later.
 */
const MEMBERS = new Set(
  `client_id client_id_issued_at client_name client_uri logo_uri policy_uri tos_uri contacts optional_scopes
  redirect_uris post_logout_redirect_uris application_type grant_types response_types token_endpoint_auth_method
  dpop_bound_access_tokens`.split(/\s+/),
);

const GRANTS = ['authorization_code', 'refresh_token'];

/** Redirect URIs that only an application on the user's device can receive: loopback (RFC 8252 §7.3), or a scheme of its own. */
const OF_DEVICE = /^(?:http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/?]|$)|(?!https?:))/i;

/**
 * Makes a registration that of a stranger, and leaves it to the answer to tell the client (RFC 7591 §3.2.1): a public client
 * with the code flow, and with refresh tokens if it asks for them.
 *
 * @param metadata the registration, which is changed
 * @param sent what the client has sent, without defaults
 * @returns what is wrong with it, if something is that cannot be replaced
 */
export function becomeStranger(
  metadata: Record<string, unknown>,
  sent: Partial<ClientRegistration>,
): string | undefined {
  // A change may be no larger than a registration.
  if (Buffer.byteLength(JSON.stringify(sent)) > MAX_REGISTRATION_BYTES)
    return `a registration has at most ${MAX_REGISTRATION_BYTES} bytes`;
  for (const member of Object.keys(metadata)) if (!MEMBERS.has(member)) delete metadata[member];
  metadata.token_endpoint_auth_method = 'none';
  if (sent.application_type === undefined) metadata.application_type = applicationType(sent.redirect_uris);
  if (!includes(metadata.grant_types, 'authorization_code'))
    return 'grant_types must have authorization_code';
  if (!includes(metadata.response_types, 'code')) return 'response_types must have code';
  metadata.grant_types = GRANTS.filter((grant) => includes(metadata.grant_types, grant));
  metadata.response_types = ['code'];
  return undefined;
}

/** Native if one of the redirect URIs can be no other: then loopback addresses match with any port (RFC 8252 §7.3). */
function applicationType(uris: unknown): 'native' | 'web' {
  const isNative = Array.isArray(uris) && uris.some((uri) => typeof uri === 'string' && OF_DEVICE.test(uri));
  return isNative ? 'native' : 'web';
}

function includes(list: unknown, value: string): boolean {
  return Array.isArray(list) && list.includes(value);
}
