/**
 * What a metadata document makes of a client (draft-ietf-oauth-client-id-metadata-document §4.1). It is written by a stranger, so
 * this takes the few members that may count, and none of those by which an operator trusts a client. Members
 * that are not taken are ignored (RFC 7591 §2).
 */
import type { Result } from 'shared/core/result.ts';
import { DOCUMENT_MARK, FROM_DOCUMENT } from './claimed-client.ts';
import type { ClientRegistration } from './client-registration.ts';
import { isLoopbackRedirect } from './client-uris.ts';

/** What such a client may use: its user is there, and nobody has looked at the client. */
const GRANT_TYPES = ['authorization_code', 'refresh_token'];

/** How it authenticates: nobody shares a secret with it (§4.1). */
const AUTH_METHODS = ['none', 'private_key_jwt'];

/**
 * The members that are taken as they are; the library checks what they say. Not `scope`: a stranger may ask for what APIs open to
 * clients by default, and could open more to itself with it.
 */
const TAKEN = [
  'client_name',
  'client_uri',
  'jwks',
  'jwks_uri',
  'token_endpoint_auth_signing_alg',
  'dpop_bound_access_tokens',
  'require_pushed_authorization_requests',
];

type Members = Record<string, unknown>;

/**
 * The client of a document, or what is wrong with it, as the end of a sentence.
 *
 * @param url where it is, which is the client's id
 * @param type the media type of the answer
 */
export function registrationOf(
  url: URL,
  type: string | undefined,
  body: Uint8Array,
): Result<ClientRegistration, string> {
  // A host that shows texts of its users, as what they are not, vouches for none of them.
  if (!/^application\/(?:[\w.!#$&^-]+\+)?json\s*(?:;|$)/i.test(type ?? ''))
    return { ok: false, refusal: 'is not of the media type application/json' };
  const members = objectOf(body);
  if (members === undefined) return { ok: false, refusal: 'is not a JSON object' };
  const fault = faultOf(members, url);
  if (fault !== undefined) return { ok: false, refusal: fault };
  const redirectUris = redirectUrisOf(members, url);
  return {
    ok: true,
    value: {
      ...Object.fromEntries(TAKEN.filter((name) => name in members).map((name) => [name, members[name]])),
      client_id: url.href,
      redirect_uris: redirectUris,
      grant_types: GRANT_TYPES.filter((type) => listed(members.grant_types, ['authorization_code'], type)),
      response_types: ['code'],
      token_endpoint_auth_method: methodOf(members),
      // Ports of the loopback interface are chosen when the client starts (RFC 8252 §7.3).
      application_type: redirectUris.some(isLoopbackRedirect) ? 'native' : 'web',
      [FROM_DOCUMENT]: DOCUMENT_MARK,
    },
  };
}

/** The client of a document as far as it is known without it: what it was issued stands while its host is away. */
export function withoutDocument(url: URL): ClientRegistration {
  return {
    client_id: url.href,
    redirect_uris: [url.href],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    [FROM_DOCUMENT]: DOCUMENT_MARK,
  };
}

function faultOf(members: Members, url: URL): string | undefined {
  if (members.client_id !== url.href) return 'does not have its own URL as client_id';
  if ('client_secret' in members || 'client_secret_expires_at' in members)
    return 'must not have a client_secret: anybody can read it';
  if (!AUTH_METHODS.includes(methodOf(members)))
    return `must have one of ${AUTH_METHODS.join(' and ')} as token_endpoint_auth_method`;
  if (!listed(members.grant_types, GRANT_TYPES, 'authorization_code'))
    return 'must have authorization_code among its grant_types';
  if (!listed(members.response_types, ['code'], 'code')) return 'must have code among its response_types';
  if (redirectUrisOf(members, url).length === 0)
    return 'has no redirect_uris of its own origin, or http at a loopback address';
  return undefined;
}

/** Others are left out: nobody but the host and its users' own machines gets a code. */
function redirectUrisOf({ redirect_uris: uris }: Members, { origin }: URL): string[] {
  const texts = Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : [];
  return texts.filter((uri) => isLoopbackRedirect(uri) || URL.parse(uri)?.origin === origin);
}

/** Without one the client is public, since it can have no secret. */
function methodOf({ token_endpoint_auth_method: method = 'none' }: Members): string {
  return String(method);
}

function listed(value: unknown, unlessSaid: string[], wanted: string): boolean {
  return (Array.isArray(value) ? value : unlessSaid).includes(wanted);
}

function objectOf(body: Uint8Array): Members | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Members)
      : undefined;
  } catch {
    return undefined;
  }
}
